"""The library beside other simulators, each in a process of its own."""
