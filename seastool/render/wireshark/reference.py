"""The filters of the dissector as a page in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from seastool.render.wireshark.filters import SUFFIXES, Filter, all_filters


def write_reference() -> str:
    """A table of every filter, its type and its meaning, by name."""
    return "".join(_lines())


def _lines() -> Iterator[str]:
    yield "| filter | type | meaning |\n|---|---|---|\n"
    for one in sorted(all_filters().values(), key=lambda f: f.name):
        yield f"| `{one.name}` | {_TYPES.get(one.type, one.type)} | {meaning(one)} |\n"


_TYPES = {"none": "group", "ipv4": "IPv4 address", "ipv6": "IPv6 address", "string": "text"}


def meaning(one: Filter) -> str:
    """What a filter means, by its declaration or else by how its name ends."""
    suffix = one.name.rpartition(".")[2]
    return one.doc or (SUFFIXES.get(suffix, "") if one.made or suffix == "length" else "")
