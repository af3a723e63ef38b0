"""YAML as plain values with places, bounded."""

import pytest
import yaml

from seastool.scenario.errors import ScenarioError
from seastool.scenario.reading import document
from seastool.scenario.reading.document import MAX_DEPTH, MAX_NODES, MAX_SIZE, read_document

TEXT = """\
# a comment
one: {two: [1, 2.5, 0x10, true, null, no]}
quoted: "a\\tb {{ x }}"
single: 'it {{ x }}'
plain: go {{ x }}
block: |
  first

    {{ x }} third
folded: >-
  a
  {{ x }}
"""


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def loader(request, monkeypatch):
    """With libyaml, and without."""
    monkeypatch.setattr(document, "_LOADER", getattr(yaml, request.param))


@pytest.mark.usefixtures("loader")
def test_values_and_places():
    read = read_document(TEXT, "a.yaml")
    plain = read.root.plain()
    assert plain["one"] == {"two": [1, 2.5, 16, True, None, "no"]}
    assert plain["quoted"] == "a\tb {{ x }}"
    assert plain["block"] == "first\n\n  {{ x }} third\n"
    assert read.node(["one", "two", 1]).place == (2, 16)
    assert read.key_place(["one", "two"]) == (2, 7)
    assert read.key_place(["block"]) == (6, 1)


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("quoted", (3, 9)),  # an escape moves what follows: only the start is sure
        ("single", (4, 16)),
        ("plain", (5, 14)),
        ("block", (9, 8)),
        ("folded", (10, 9)),
    ],
)
def test_places_inside_texts(name, place):
    read = read_document(TEXT, "a.yaml")
    offset = read.node([name]).raw.index("x }}")
    assert read.text_place([name], offset) == place


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("NO", "NO"),
        ("0034", "0034"),
        ("40263:57", "40263:57"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        ("+5", 5),
        ("-5", -5),
        ("2026-01-01", "2026-01-01"),
        ("~", None),
        ("'5'", "5"),
        ('""', ""),
        ("= x", "= x"),
    ],
)
def test_plain_scalars(text, value):
    assert read_document(f"a: {text}", "x").root.plain() == {"a": value}


@pytest.mark.usefixtures("loader")
def test_aliases():
    read = read_document("a: &x {b: [1, &y 2]}\nc: *x\nd: *y", "x").root.plain()
    assert read == {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}, "d": 2}


@pytest.mark.usefixtures("loader")
def test_an_alias_bomb_is_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for i in range(9):
        lines.append(f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 10)}]")
    with pytest.raises(ScenarioError, match=rf"more than {MAX_NODES:,} values"):
        read_document("\n".join(lines), "x")


@pytest.mark.usefixtures("loader")
def test_an_alias_of_itself_is_refused():
    with pytest.raises(ScenarioError, match="names nothing that is whole by then"):
        read_document("a: &a [*a]", "x")


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("deep", ["[" * 5000, "- " * 5000, "{a: " * 5000, "? " * 5000])
def test_depth_is_bounded(deep):
    with pytest.raises(
        ScenarioError, match=rf"nested more than {MAX_DEPTH} deep|not YAML|one word"
    ):
        read_document(deep, "x")


def test_size_is_bounded():
    with pytest.raises(ScenarioError, match="at most 4,194,304 are taken"):
        read_document("#" * (MAX_SIZE + 1), "x")


@pytest.mark.parametrize("text", ["? [a]\n: b", "? {a: b}\n: c", "{[a]: b}", "*a : b"])
def test_keys_are_words(text):
    with pytest.raises(ScenarioError):
        read_document(text, "x")


def test_a_byte_order_mark_is_left_out():
    assert read_document("\ufeffa: 1", "x").root.plain() == {"a": 1}
