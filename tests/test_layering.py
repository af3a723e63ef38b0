"""Imports point down, and what only some layers may import stays with them.

The rules are those of docs/architecture.md. Each breach is named with its file and line.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Lowest first. A layer imports itself and lower ranks, never a sibling of its own rank.
RANKS = (
    {"errors", "timers"},
    {"wire", "sip", "histogram"},
    {"seas"},
    {"render", "capture"},
    {"app", "gateway", "ladder", "replay", "scenario"},
    {"interop"},
    {"net"},  # runs the checks that interop declares
    {"api"},
    {"seastool"},  # the package itself: what a script imports from seastool
    {"testing", "scapy"},
    {"cli", "pytest_plugin"},
    {"__main__"},
)
RANK = {layer: rank for rank, layers in enumerate(RANKS) for layer in layers}

SANS_IO = {"errors", "timers", "histogram", "wire", "sip", "seas", "render", "capture", "app"}
SANS_IO |= {"gateway", "interop", "ladder", "replay", "scenario", "seastool", "api", "scapy"}
CLOCKS_AND_SOCKETS = {"asyncio", "random", "secrets", "select", "selectors"}
CLOCKS_AND_SOCKETS |= {"socket", "ssl", "threading", "time"}
ONLY_IN = {"typer": {"cli"}, "rich": {"cli", "render"}}
IN_FUNCTIONS = {"scapy": set(RANK) - {"scapy"}, "rich": {"render"}}
BANNED_NAMES = {"util", "utils", "helper", "helpers", "common", "manager", "managers"}


@dataclass(frozen=True)
class Import:
    """One imported module, by its absolute name, and whether a function does it."""

    module: str
    line: int
    in_function: bool
    for_types: bool


def imports(tree: ast.AST, package: str) -> Iterator[Import]:
    """Yield every import in a module that lies in `package`, nested ones included."""
    yield from _imports(tree, package, in_function=False, for_types=False)


def _imports(
    node: ast.AST, package: str, *, in_function: bool, for_types: bool
) -> Iterator[Import]:
    for module in _modules(node, package):
        yield Import(module, getattr(node, "lineno", 0), in_function, for_types)
    in_function = in_function or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    for_types = for_types or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    for child in ast.iter_child_nodes(node):
        yield from _imports(child, package, in_function=in_function, for_types=for_types)


def _modules(node: ast.AST, package: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = node.module or ""
    if node.level:
        above = package.split(".")[: len(package.split(".")) - node.level + 1]
        base = ".".join([*above, base] if base else above)
    if base == "seastool":  # `from seastool import wire`: the layer is the name imported
        names = {alias.name for alias in node.names}
        return [f"seastool.{name}" if name in RANK else "seastool" for name in sorted(names)]
    return [base]


def layer_of(module: str) -> str:
    """Name the layer of a module of seastool: the part after the first dot, if any."""
    return module.split(".")[1] if "." in module else module


def breaches(source: str, path: Path) -> Iterator[str]:
    """Yield what is wrong with a module at `path` (relative to the root), one line each."""
    module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    is_package = path.name == "__init__.py"
    package = module if is_package else module.rpartition(".")[0]
    layer = layer_of(module)
    if banned := BANNED_NAMES & set(module.split(".")):
        yield f"{path}:1: {banned.pop()} says nothing of what the module holds"
    if layer not in RANK:
        yield f"{path}:1: {layer} is not a layer of docs/architecture.md"
        return
    for found in imports(ast.parse(source), package):
        for reason in _reasons(found, layer):
            yield f"{path}:{found.line}: {layer} imports {found.module}: {reason}"


def _reasons(found: Import, layer: str) -> Iterator[str]:
    top = found.module.split(".")[0]
    if top == "seastool":
        target = layer_of(found.module)
        if target not in RANK:
            yield "there is no such layer"
        elif target != layer and RANK[target] >= RANK[layer]:
            yield "imports point down only"
    if top in CLOCKS_AND_SOCKETS and layer in SANS_IO:
        yield "sockets, clocks and chance belong to net"
    if top in ONLY_IN and layer not in ONLY_IN[top]:
        yield f"only {' and '.join(sorted(ONLY_IN[top]))} may"
    if layer in IN_FUNCTIONS.get(top, ()) and not (found.in_function or found.for_types):
        yield "inside a function only, so that starting stays fast"


def test_every_module_keeps_the_rules() -> None:
    found = []
    for file in sorted((ROOT / "seastool").rglob("*.py")):
        found += breaches(file.read_text(encoding="utf-8"), file.relative_to(ROOT))
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source", "reason"),
    [
        ("wire/fields.py", "from seastool.seas import uri", "imports point down only"),
        ("wire/fields.py", "import seastool.sip.grammar", "imports point down only"),
        ("sip/grammar.py", "from seastool import wire", "imports point down only"),
        ("sip/grammar.py", "from seastool import __version__", "imports point down only"),
        ("sip/grammar.py", "from ..wire import fields", "imports point down only"),
        ("sip/grammar.py", "from .. import wire", "imports point down only"),
        ("seas/uri.py", "def f():\n    from seastool import render", "imports point down only"),
        ("render/tree.py", "import seastool.capture", "imports point down only"),
        ("capture/tcp.py", "from seastool.render import tree", "imports point down only"),
        ("capture/deep/tcp.py", "from ...render import tree", "imports point down only"),
        ("interop/lint.py", "import seastool.net.tap", "imports point down only"),
        ("net/tap.py", "import seastool.cli.main", "imports point down only"),
        ("errors.py", "import seastool.wire", "imports point down only"),
        ("__init__.py", "from seastool.cli.main import main", "imports point down only"),
        ("pytest_plugin.py", "import seastool.cli", "imports point down only"),
        (
            "wire/fields.py",
            "if TYPE_CHECKING:\n    import seastool.seas",
            "imports point down only",
        ),
        ("wire/fields.py", "import seastool.oddments", "there is no such layer"),
        ("capture/tcp.py", "import time", "sockets, clocks and chance"),
        ("seas/uri.py", "def f():\n    from random import choice", "sockets, clocks and chance"),
        ("interop/lint.py", "import os, socket", "sockets, clocks and chance"),
        ("render/tree.py", "import asyncio.events", "sockets, clocks and chance"),
        ("net/tap.py", "import typer", "only cli may"),
        ("seas/uri.py", "def f():\n    import rich.table", "only cli and render may"),
        ("render/tree.py", "from rich.table import Table", "inside a function only"),
        ("cli/decode.py", "import scapy.all", "inside a function only"),
        ("render/tree.py", "class A:\n    import scapy.all", "inside a function only"),
        ("scapy/layer.py", "import seastool.cli.main", "imports point down only"),
        ("seas/utils.py", "", "utils says nothing"),
        ("cli/common/x.py", "", "common says nothing"),
        ("oddments/x.py", "", "oddments is not a layer"),
    ],
)
def test_a_breach_is_caught(path: str, source: str, reason: str) -> None:
    found = list(breaches(source, Path("seastool") / path))
    assert len(found) == 1
    assert found[0].startswith(f"seastool/{path}:{max(1, source.count(chr(10)) + 1)}: ")
    assert reason in found[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("wire/fields.py", "import struct\nfrom seastool.errors import DecodeError"),
        ("wire/fields.py", "from .structure import Structure\nfrom . import compiler"),
        ("seas/__init__.py", "from seastool import sip, wire\nfrom .uri import Uri"),
        ("render/tree.py", "def f():\n    from rich.table import Table\n    import scapy.all"),
        ("render/tree.py", "if TYPE_CHECKING:\n    from rich.table import Table"),
        ("net/tap.py", "import asyncio, socket, time\nfrom seastool.capture import tcp"),
        ("cli/decode.py", "import typer, time\nimport rich.console\nfrom seastool import wire"),
        ("cli/decode.py", "from seastool import __version__"),
        ("__main__.py", "from seastool.net import tap"),
        ("scapy/layer.py", "import scapy.packet\nfrom seastool.seas import uri"),
        ("__init__.py", "from seastool.interop.lint import lint"),
    ],
)
def test_what_the_rules_allow(path: str, source: str) -> None:
    assert not list(breaches(source, Path("seastool") / path))
