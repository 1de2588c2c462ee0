"""The shape of the source tree."""

import ast
import statistics
import subprocess
import sys
from pathlib import Path

import gapjunction as gj

SOURCE = Path(gj.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
# A module may import from its own row and from the rows above it.
ROWS = [
    ["_typing", "_checks", "_params", "_stable", "_crossings", "_files"],
    ["hosts"],
    ["connectivity"],
    ["kernels"],
    ["laws"],
    ["connexins"],
    ["plasticity"],
    ["coupling"],
    ["limits"],
    ["junctions"],
    ["ion_channels"],
    ["neurons"],
    ["neuroml", "nmodl"],
    ["datasets"],
    ["plotting"],
    ["stability"],
    ["measure"],
    ["sharding"],
    ["runs"],
    ["__init__"],
    ["demo"],
    ["cli"],
    ["__main__"],
]
RANK = {name: rank for rank, row in enumerate(ROWS) for name in row}


def part(path):
    """Return the top-level part of the package that a file belongs to."""
    relative = path.relative_to(SOURCE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imported_parts(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module, names = node.module or "", [alias.name for alias in node.names]
            assert "*" not in names, f"{path}: star import"
            if module == "gapjunction":
                yield from (name if name in RANK else "__init__" for name in names)
            elif module.startswith("gapjunction."):
                yield module.split(".")[1]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "gapjunction":
                    yield "__init__"
                elif alias.name.startswith("gapjunction."):
                    yield alias.name.split(".")[1]


def test_imports_point_one_way():
    for path in FILES:
        own = part(path)
        assert own in RANK, f"{own} has no row: say where it belongs"
        for other in imported_parts(path):
            assert RANK[other] <= RANK[own], f"{path} imports {other}, a later row"


def test_arguments_say_what_they_are():
    """Of all arguments less than a tenth may be anything."""
    named, anything = 0, 0
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef):
                continue
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            given += [rest for rest in (node.args.vararg, node.args.kwarg) if rest is not None]
            for argument in given:
                if argument.arg in ("self", "cls"):
                    continue
                named += 1
                annotation = argument.annotation
                anything += annotation is None or ast.unparse(annotation) == "Any"
    assert anything < 0.1 * named, f"{anything} of {named}"


def test_files_are_small():
    lengths = {path: len(path.read_text().splitlines()) for path in FILES}
    assert max(lengths.values()) <= 400, max(lengths, key=lengths.get)
    assert statistics.median(lengths.values()) <= 150


def test_no_asserts_in_source():
    for path in FILES:
        found = [
            n.lineno for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Assert)
        ]
        assert not found, f"{path}: {found}"


def test_retired_package_is_never_imported():
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "brainpy_state" for name in names), path


def test_public_names_are_listed_and_resolve():
    assert sorted(gj.__all__) == list(gj.__all__)
    for name in gj.__all__:
        assert getattr(gj, name) is not None


def test_import_pulls_in_no_optional_dependency_and_starts_no_device():
    # In a fresh process: what brainpy.state itself imports does not count.
    code = (
        "import sys, brainpy.state; before = set(sys.modules); "
        "from jax._src import xla_bridge; started = bool(xla_bridge._backends); "
        "import gapjunction; "
        "new = {m.split('.')[0] for m in set(sys.modules) - before}; "
        "print(sorted(new & {'networkx', 'braincell', 'tqdm', 'matplotlib', 'pandas', 'pymetis', "
        "'orbax', 'zarr'})); "
        "print(started, bool(xla_bridge._backends))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found, devices = out.stdout.splitlines()
    assert found == "[]"
    # Nor does it start JAX's devices, if brainpy does not (as some releases do): programs may still
    # choose them afterwards.
    assert devices in ("True True", "False False")
