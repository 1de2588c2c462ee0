"""The nervous system of *C. elegans* as a simulation: what ``gapjunction demo`` runs.

Read the files in this order:

=================  ===========================================================================
``parameters.py``  the parameters, their sources, and where the literature differs
``cells.py``       graded neurons and synapses
``worm.py``        the nervous system made of them
``steady.py``      steady states, found without simulating: rest, and the synaptic thresholds
``run.py``         the simulation loop
``job.py``         the specification of a simulation, and its results
``modes.py``       the modes of the motor neurons' activity, and its rhythm
``figure.py``      the figure (``places.py`` finds a place for each neuron, and ``response.py``
                   draws what there is to see where activity comes to rest)
``report.py``      the printed text
``traces.py``      the file of results
``files.py``       writing files completely or not at all
``command.py``     the command line (``options.py`` reads its values)
=================  ===========================================================================
"""
