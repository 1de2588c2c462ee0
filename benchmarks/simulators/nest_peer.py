"""NEST from the outside: is it there, run it."""

from simulators import processes

VERSION = "import nest; print(nest.__version__, nest.build_info['have_gsl'])"


def version():
    """Return NEST's version, or None and why it cannot be used."""
    words, why = processes.ask("nest", VERSION)
    if words is None:
        return None, why
    found, gsl = words
    if tuple(map(int, found.split(".")[:2])) < (3, 10):
        return None, f"NEST 3.10 or newer is needed, found {found}"
    if gsl != "True":
        return None, f"NEST {found} was built without GSL, which its cells with gap junctions need"
    return found, ""


def missing():
    """Return why jobs cannot run here, or an empty string."""
    return version()[1]


def run(jobs):
    """Run jobs (see ``nest_jobs.DEFAULTS``) by name, in one process.

    Returns ``{job: {"V": samples in mV, "m": of a gate, ...}}``, of shape (samples, cells).
    """
    return processes.run("nest", jobs)
