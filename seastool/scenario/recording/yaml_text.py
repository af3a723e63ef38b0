"""Text as YAML that reads back the same: plain, quoted, or as a literal block."""

from __future__ import annotations

import re

from seastool.scenario.reading.scalars import resolve

_PLAIN = re.compile(r"[A-Za-z0-9_/+][A-Za-z0-9_./+@():;=$%~^ -]*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BREAKS = "\x85\u2028\u2029"  # line ends in YAML


def scalar(text: str) -> str:
    """A text as a value: without quotes where it cannot be mistaken."""
    if (
        _PLAIN.fullmatch(text)
        and isinstance(resolve(text), str)
        and not text.endswith((" ", ":"))
        and ": " not in text
    ):
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    code = ord(character)
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable() and character not in _BREAKS:
        return character
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def flow(values: dict[str, str]) -> str:
    """A mapping in one line; the values are YAML already."""
    return "{" + ", ".join(f"{name}: {value}" for name, value in values.items()) + "}"


def in_flow(text: str) -> str:
    """A text as a value inside a mapping of one line."""
    told = scalar(text)
    return f'"{text}"' if told == text and re.search(r"[,\[\]{}:]", text) else told


def block(text: str, indent: int) -> list[str]:
    """A text of lines as a literal block: the sign behind the key, then the lines."""
    ends = len(text) - len(text.rstrip("\n"))
    sign = {0: "|-", 1: "|"}.get(ends, "|+")
    body = text[:-1] if ends else text
    blank = " " * indent
    return [sign, *(blank + line if line else "" for line in body.split("\n"))]


def fits_block(character: str) -> bool:
    """Whether a character may stand in a literal block."""
    return (character.isprintable() and character not in _BREAKS) or character == "\t"
