r"""The messages of RFC 4475, as bytes, with what RFC 3261 lets an element do with each.

They are in rfc4475.txt. A message begins with a line of its own,

    === name section valid|invalid [lenient] [response] [status ...]

where the statuses are what an element that is called may refuse it with, beside taking it if it
is valid. An invalid one must be refused with one of them or dropped; `lenient`: or taken, if what
is meant is plain. A response is never answered. A line with # says what is the matter. Of the
message itself each line stands for one that ends in CRLF; \xNN is a byte, \\ a backslash,
\(3*ab) is ababab, and a backslash at the end of a line takes the CRLF away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "rfc4475.txt"
_HEAD = re.compile(r"^=== (\S+) (\S+) (valid|invalid)((?: lenient| response)*)((?: \d{3})*)$")
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|\((\d+)\*([^)]*)\)|(\\)|$)")
_NO_CRLF = "\0"


@dataclass(frozen=True, slots=True)
class Torture:
    """A message. refusals: statuses that RFC 3261 wants or allows, none for a response."""

    name: str
    section: str
    about: str
    data: bytes
    is_valid: bool
    is_lenient: bool
    is_response: bool
    refusals: tuple[int, ...]

    @property
    def may_be_taken(self) -> bool:
        """Whether who is called may treat it as any other."""
        return self.is_valid or self.is_lenient

    @property
    def may_be_dropped(self) -> bool:
        """Whether nobody need hear of it."""
        return not self.is_valid or self.is_response

    @property
    def body(self) -> bytes:
        """What stands behind the empty line."""
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def method(self) -> bytes:
        """Of a request; SIP/2.0 of a response."""
        return self.data.split(None, 1)[0]

    def sent_from(self, host: str, port: int, transport: str = "UDP") -> bytes:
        """The message with a Via on top, so that an answer comes to this address.

        The messages name hosts that nobody can answer to. Where the fault is in the Via itself,
        or in what belongs to it, it is no longer the first one's.
        """
        branch = f"z9hG4bK-torture-{self.name}-{transport}-{port}"
        via = f"Via: SIP/2.0/{transport} {host}:{port};branch={branch};rport\r\n".encode()
        start, end, rest = self.data.partition(b"\r\n")
        return start + end + via + rest


@cache
def torture_messages() -> tuple[Torture, ...]:
    """All of them, in the order of the RFC."""
    text = FILE.read_text("ascii")
    return tuple(_message(part) for part in re.split(r"^(?==== )", text, flags=re.M) if part)


def torture(name: str) -> Torture:
    """The one with that name. Raises: KeyError."""
    return {message.name: message for message in torture_messages()}[name]


def _message(part: str) -> Torture:
    head, about, *lines = part.removesuffix("\n").split("\n")
    found = _HEAD.match(head)
    if found is None or not about.startswith("# "):
        raise ValueError(f"{FILE.name}: not the head of a message: {head!r}, {about!r}")
    name, section, validity, words, statuses = found.groups()
    return Torture(
        name=name,
        section=section,
        about=about.removeprefix("# "),
        data=b"".join(map(_line, lines)),
        is_valid=validity == "valid",
        is_lenient="lenient" in words,
        is_response="response" in words,
        refusals=tuple(map(int, statuses.split())),
    )


def _line(line: str) -> bytes:
    text = _ESCAPE.sub(_unescaped, line)
    ended = text.removesuffix(_NO_CRLF) if _ends_open(line) else text + "\r\n"
    return ended.encode("latin-1")


def _ends_open(line: str) -> bool:
    behind = len(line) - len(line.rstrip("\\"))
    return behind % 2 == 1


def _unescaped(found: re.Match[str]) -> str:
    code, count, repeated, backslash = found.groups()
    if code:
        return chr(int(code, 16))
    if count:
        return repeated * int(count)
    return backslash or _NO_CRLF
