"""Whole models as files: their structure and the present values of their states."""

from __future__ import annotations

import io
import os
import pickle
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from gapjunction._checks import describe, warn
from gapjunction.coupling import ModelPickler, culprit, whole_models

_MARK: Final = "a model saved by gapjunction"


def save(model: Any, path: str | os.PathLike[str]) -> None:
    """Write a model to a file, with all of its states as they are between two steps.

    Plain pickle refuses initialised states, because states of brainstate remember the process in
    which they were made. Here their values are written. Save between two steps: a current that a
    junction has deposited, and its population has not used yet, is not written.

    Parameters
    ----------
    model : Module, or a list, tuple or dict of Modules
        The model. What is shared between its parts is shared in the copy that is read.
    path : path
        The file. It is written under a temporary name first, so that it is never incomplete.

    Raises
    ------
    TypeError
        If a part of the model cannot be pickled, such as a lambda; the message names it.
    OSError
        If the file cannot be written.

    See Also
    --------
    gapjunction.run : Runs that save checkpoints, of models that a script builds.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import brainpy, brainstate, saiunit as u
    >>> import gapjunction as gj
    >>> cells = brainpy.state.LIF(2, R=1 * u.Gohm)
    >>> gap = gj.SymmetryGapJunction(cells, 'V', ([0], [1]), 1 * u.nS)
    >>> _ = brainstate.nn.init_all_states(cells)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     gj.runs.save({'cells': cells, 'gap': gap}, pathlib.Path(folder, 'model'))
    ...     twin = gj.runs.load(pathlib.Path(folder, 'model'))
    >>> twin['gap'].pre is twin['cells']
    True
    """
    target, buffer = Path(path), io.BytesIO()
    with whole_models():
        content = (_MARK, {"gapjunction": version("gapjunction"), **_hosts()}, model)
        try:
            ModelPickler(buffer, pickle.HIGHEST_PROTOCOL).dump(content)
        # Each class decides which type of error it raises when it cannot be pickled.
        except Exception as error:
            found = culprit(None, model, type(model).__name__)
            if found is None:
                raise
            name, part, cause = found
            raise TypeError(
                f"model cannot be saved: {name} is a {type(part).__name__}, of which pickle says "
                f"{str(cause)!r}."
            ) from error
    handle, made = tempfile.mkstemp(".partial", target.name, target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(buffer.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        Path(made).replace(target)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise


def load(path: str | os.PathLike[str]) -> Any:
    """Return the model that :func:`save` has written to a file.

    Pickle reads the file, and executes code that the file names: load only files that you trust.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    Module, or list, tuple or dict of Modules
        What was saved.

    Raises
    ------
    ValueError
        If :func:`save` has not written the file, or the file is not complete.

    Warns
    -----
    GapJunctionWarning
        If the installed versions differ from those with which the file was written.
    """
    try:
        with Path(path).open("rb") as file:
            content = pickle.load(file)
    except (pickle.UnpicklingError, EOFError) as error:
        raise ValueError(
            f"path must be a complete file of gapjunction.runs.save; pickle cannot read "
            f"{os.fspath(path)!r} ({error})."
        ) from error
    if not (isinstance(content, tuple) and len(content) == 3 and content[0] == _MARK):
        raise ValueError(
            f"path must be a file of gapjunction.runs.save; {os.fspath(path)!r} holds "
            f"{describe(content)}."
        )
    _, versions, model = content
    now = {"gapjunction": version("gapjunction"), **_hosts()}
    other = [
        f"{name} {was} (now {now.get(name)})"
        for name, was in versions.items()
        if now.get(name) != was
    ]
    if other:
        warn(f"The model in {os.fspath(path)!r} was saved with other versions: {', '.join(other)}.")
    return model


def _hosts() -> dict[str, str]:
    return {name: version(name) for name in ("brainpy", "brainstate", "jax", "saiunit")}
