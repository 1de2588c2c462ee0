"""NEURON from the outside: is it there, can it compile what jobs need, run it."""

from simulators import processes
from simulators.neuron_mechanisms import needed, no_compiler

# Without the option, NEURON looks for a display and warns.
VERSION = """
import os
os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")
import neuron
print(neuron.__version__)
"""


def version():
    """Return NEURON's version, or None and why it cannot be used."""
    words, why = processes.ask("neuron", VERSION)
    if words is None:
        return None, why
    (found,) = words
    if int(found.split(".")[0]) < 9:
        return None, f"NEURON 9 or newer is needed, found {found}"
    return found, ""


def missing(*jobs):
    """Return why jobs cannot run here, or an empty string."""
    found, why = version()
    if found is None or not any(map(needed, jobs)):
        return why
    return no_compiler(processes.python("neuron"))


def run(jobs):
    """Run jobs (see ``neuron_jobs.DEFAULTS``) by name, in one process.

    Returns ``{job: {"t": times in ms, recorded name: samples}}``.
    """
    return processes.run("neuron", jobs)
