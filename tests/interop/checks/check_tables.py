"""The tables of docs/check.md, from the registry."""

from __future__ import annotations

from collections.abc import Iterator

from seastool.interop.checks.check import Suite
from seastool.render.protocol.headings import linked

HEAD = ("| check | what must hold | why | see | finds |", "|---|---|---|---|---|")


def table(suite: Suite) -> Iterator[str]:
    """Its lines."""
    yield from HEAD
    for check in suite:
        fault = f"`{check.fault}`" if check.fault else ""
        purpose = check.purpose.replace("|", "\\|")
        yield f"| `{check.id}` | {check.title} | {purpose} | {linked(check.reference)} | {fault} |"
