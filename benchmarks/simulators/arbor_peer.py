"""Arbor from the outside: is it there, run it."""

from simulators import processes


def version():
    """Return Arbor's version, or None and why it cannot be used."""
    words, why = processes.ask("arbor", "import arbor; print(arbor.__version__)")
    return (None, why) if words is None else (words[0], "")


def missing():
    """Return why Arbor cannot run here, or an empty string."""
    return version()[1]


def run(jobs):
    """Run jobs (see ``arbor_jobs``) by name, in one process; as :func:`processes.run`."""
    return processes.run("arbor", jobs)
