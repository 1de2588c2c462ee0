"""The nervous system of *C. elegans* as a simulation: what ``gapjunction demo`` runs.

Read the files in this order:

=================  ===========================================================================
``parameters.py``  the numbers, where each is from, and where the literature differs
``cells.py``       graded neurons and synapses
``worm.py``        the nervous system made of them
``steady.py``      what follows without simulating: the state of rest, synaptic thresholds
``run.py``         the simulation loop
``job.py``         what is asked for, and what came out
``modes.py``       which patterns the motor neurons move in
``figure.py``      the picture (``places.py`` says where each neuron is)
``report.py``      what is printed
``traces.py``      the file of results
``files.py``       writing files whole or not at all
``command.py``     the command line (``options.py`` reads its values)
=================  ===========================================================================
"""
