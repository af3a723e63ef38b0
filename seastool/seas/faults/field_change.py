"""What ``corrupt`` is to change: the path of a field, and the value to put there."""

import re
from dataclasses import dataclass
from typing import Final

from seastool.seas.faults.errors import FaultError, shown
from seastool.seas.faults.field_path import FieldPath, field_path

_INTEGER = re.compile(r"[0-9]{1,20}|0[xX][0-9a-fA-F]{1,16}")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPED: Final = {"n": b"\n", "r": b"\r", "t": b"\t"}
_PLAIN = re.compile(r"[!#-)+-?A-\[\]-}]+")  # printable, without space " * @ \ ~


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field and its new value; without one it gets a random other value.

    number: for a field that is a number. text: for a field that is bytes.
    """

    path: FieldPath
    number: int | None = None
    text: bytes | None = None

    @property
    def is_random(self) -> bool:
        """Whether no value was given."""
        return self.number is None and self.text is None

    def __str__(self) -> str:
        if self.text is None:
            return str(self.path) if self.number is None else f"{self.path}:{self.number}"
        plain = self.text.decode("latin-1")
        if _PLAIN.fullmatch(plain) and whole_number(plain) == self.number:
            return f"{self.path}:{plain}"
        return f'{self.path}:"{_quoted(self.text)}"'


def whole_number(text: str) -> int | None:
    """A decimal or hexadecimal number; None for any other text."""
    if not _INTEGER.fullmatch(text):
        return None
    return int(text, 16 if text[1:2] in ("x", "X") else 10)


def parse_change(text: str) -> FieldChange:
    """``PATH``, ``PATH:7``, ``PATH:text`` or ``PATH:"text"`` with escapes.

    Raises: FaultError if no frame has the field, or it cannot hold the value.
    """
    where, colon, value = text.partition(":")
    path = field_path(where)
    if not colon:
        return FieldChange(path)
    number = whole_number(value)
    if path.takes_text:
        return FieldChange(path, number, _bytes_of(value))
    if number is None:
        raise FaultError(f"corrupt={shown(text)}: {path} is a number, such as {path}:7")
    if number > path.highest:
        raise FaultError(f"corrupt={shown(text)}: {path} is at most {path.highest}")
    return FieldChange(path, number)


def _bytes_of(value: str) -> bytes:
    quoted = _QUOTED.fullmatch(value)
    if quoted is None:
        return value.encode("utf-8", "surrogateescape")
    parts, at = [], 0
    for escape in _ESCAPE.finditer(quoted[1]):
        parts.append(quoted[1][at : escape.start()].encode("utf-8", "surrogateescape"))
        parts.append(_unescaped(escape))
        at = escape.end()
    return b"".join([*parts, quoted[1][at:].encode("utf-8", "surrogateescape")])


def _unescaped(escape: re.Match[str]) -> bytes:
    if escape[1] is not None:
        return bytes.fromhex(escape[1])
    return _ESCAPED.get(escape[2]) or escape[2].encode("utf-8", "surrogateescape")


def _quoted(text: bytes) -> str:
    names = {value[0]: f"\\{name}" for name, value in _ESCAPED.items()} | {34: '\\"', 92: "\\\\"}
    return "".join(
        names.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}") for byte in text
    )
