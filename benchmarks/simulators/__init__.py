"""Other simulators, each in a process of its own.

``NAME_worker.py`` runs in the simulator's environment, which ``environments.py`` makes. It takes
the network of ``task.py``, to be timed or recorded. Those of NEURON, NEST and Arbor take jobs too:
small models, described in ``NAME_jobs.py``. ``NAME_peer.py`` is what tests and validation call: it
says whether the simulator can be used here, and runs jobs.
"""
