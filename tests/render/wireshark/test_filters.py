"""The tables of the dissector, without tshark: they have all that the declarations have."""

from __future__ import annotations

import re

import pytest

from seastool.render.meaning import TABLES
from seastool.render.wireshark import write_dissector, write_reference
from seastool.render.wireshark.declared import bodies, sides, structures
from seastool.render.wireshark.filters import Filter, _add, all_filters, places
from seastool.render.wireshark.lua import literal
from seastool.render.wireshark.numbers import dialects, group_of, groups
from seastool.seas.dialects import lookup, names
from seastool.seas.frames import FRAMES
from seastool.seas.header import BODIES
from seastool.wire import Structure


def all_structures() -> set[type[Structure]]:
    found: set[type[Structure]] = set()
    left = [s for side in FRAMES.values() for s in side.values()] + list(BODIES.values())
    while left:
        struct = left.pop()
        found.add(struct)
        left += [f.struct for f in struct.fields if hasattr(f, "struct")]
    return found


def test_every_structure_and_each_of_its_fields_is_declared() -> None:
    lua = structures()
    for struct in all_structures():
        text = re.search(rf"^structures\.{struct.__name__} = {{\n(.*?)^}}", lua, re.M | re.S)
        assert text, struct
        orders = re.findall(r'^  \["(\w*)"\] = {\n(.*?)^  }', text[1], re.M | re.S)
        assert [order for order, _ in orders] == ["", *struct.orders]
        for order, fields in orders:
            got = re.findall(r'^    {\["name"\] = "(\w+)"', fields, re.M)
            assert got == [f.name for f in struct.fields_in(order)]


def test_every_type_of_frame_and_header_has_its_structure() -> None:
    lua = sides()
    for frames in FRAMES.values():
        for type, struct in frames.items():
            assert f"[{int(type)}] = structures.{struct.__name__}" in lua
    for name in BODIES:
        assert f'bodies["{name}"]' in bodies()


def test_filters_have_legal_names_and_types() -> None:
    filters = all_filters()
    assert len(filters) > 900
    for name, one in filters.items():
        assert re.fullmatch(r"seas(\.[a-z0-9_]+)+", name)
        assert one.type in (
            *("none", "string", "bytes", "boolean", "ipv4", "ipv6"),
            *("uint8", "uint16", "uint32", "int32"),
        )
    for place, structs in places().items():
        for struct in structs:
            for f in struct.fields:
                if getattr(f, "shows", "") != "message":
                    assert f"{place}.{f.name}" in filters


def test_a_name_with_two_types_is_refused() -> None:
    found = {"seas.x": Filter("seas.x", "uint8")}
    _add(found, Filter("seas.x", "uint16"))
    assert found["seas.x"].type == "uint16"
    with pytest.raises(TypeError, match=r"seas\.x is both uint16 and string"):
        _add(found, Filter("seas.x", "string"))


def test_the_reference_has_every_filter() -> None:
    rows = write_reference().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == sorted(all_filters())
    assert "| `seas.from.tag` | text | the text it points at |" in rows
    assert "| `seas.reply` |" not in write_reference()


def test_every_dialect_is_in_one_group_that_speaks_like_it() -> None:
    members = [name for group in groups() for name in group.members]
    assert members == list(names())
    lua = dialects()
    for group in groups():
        assert f'["name"] = "{group.name}"' in lua
        for name in group.members:
            one, other = lookup(name), group.dialect
            assert group_of(one) is group
            assert (one.layout, one.header_prefix) == (other.layout, other.header_prefix)
            for code in range(256):
                assert [t(code, one) for t in TABLES.values()] == [
                    t(code, other) for t in TABLES.values()
                ]


def test_the_script_is_ascii_and_names_the_dialect() -> None:
    assert write_dissector().isascii()
    assert '["DIALECT"] = 0' in write_dissector()
    place = [group.name for group in groups()].index("kamailio-5.2") + 1
    assert f'["DIALECT"] = {place}' in write_dissector(lookup("kamailio-5.6.3"))


@pytest.mark.parametrize(
    ("value", "lua"),
    [
        (None, "nil"),
        (True, "true"),
        (-7, "-7"),
        ('a"\\\n\0é', '"a\\034\\092\\010\\000\\195\\169"'),
        (b"\xff\0001", '"\\255\\0001"'),
        ([1, [], "x"], '{1, {}, "x"}'),
        ({"end": 1, 2: False, "gone": None}, '{["end"] = 1, [2] = false}'),
    ],
)
def test_literals(value: object, lua: str) -> None:
    assert literal(value) == lua


def test_what_lua_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="float has no value in Lua"):
        literal(1.5)
