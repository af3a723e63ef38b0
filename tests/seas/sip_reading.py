"""A plain reading of SIP text, for tests: string work only, nothing of seastool in it.

It knows the grammar of RFC 3261 as far as the recorded messages use it, and no server's habits.
"""

import re
from itertools import pairwise
from typing import NamedTuple

KNOWN_URI_PARAMETERS = ("transport", "ttl", "user", "method", "maddr", "lr")
CONTACT_PARAMETERS = ("q", "expires", "received", "methods")
VIA_PARAMETERS = ("branch", "received", "rport", "i", "alias")
COMMENT = re.compile(r"\s*\([^)]*\)\s*\Z")

Fields = dict[str, str]
Pairs = list[tuple[str, str]]


class Line(NamedTuple):
    """One header: where it lies in the text (end exclusive, line end and folds included)."""

    start: int
    end: int
    text: str

    @property
    def name(self) -> str:
        """As written, without the blanks before the colon."""
        return self.text.partition(":")[0].rstrip()

    @property
    def value(self) -> str:
        return self.text.partition(":")[2].strip()


class Reading(NamedTuple):
    """What a structure should say: the text of each field by its name, and its parameters."""

    fields: Fields
    parameters: Pairs
    uri: "Reading | None" = None


def header_lines(text: str) -> list[Line]:
    """Every header of a message."""
    at = text.index("\n") + 1
    found = []
    while text[at] not in "\r\n":
        end = text.index("\n", at) + 1
        while text[end] in " \t":
            end = text.index("\n", end) + 1
        found.append(Line(at, end, text[at:end]))
        at = end
    return found


def body(text: str) -> str:
    """What follows the empty line."""
    return re.split(r"\r?\n\r?\n", text, maxsplit=1)[1]


def _outside(text: str, wanted: str) -> list[int]:
    """Where a character stands outside quotes and angle brackets."""
    found = []
    depth = 0
    for token in re.finditer(r'"(?:\\.|[^"\\])*"|.', text, re.DOTALL):
        if token[0] == wanted and depth == 0:
            found.append(token.start())
        depth += {"<": 1, ">": -1}.get(token[0], 0)
    return found


def split(text: str, separator: str) -> list[str]:
    """The pieces between separators that stand outside quotes and brackets, trimmed."""
    at = [-1, *_outside(text, separator), len(text)]
    return [text[a + 1 : b].strip() for a, b in pairwise(at)]


def pairs(pieces: list[str]) -> Pairs:
    """(name, value) of each ``name=value``; the quotes of a value stay."""
    cut = (piece.partition("=") for piece in pieces)
    return [(name.strip(), value.strip()) for name, _, value in cut]


def _picked(pieces: list[str], names: tuple[str, ...]) -> Fields:
    """The whole text of the parameters with these names; of two alike the last."""
    named = ((piece.partition("=")[0].strip().lower(), piece) for piece in pieces)
    return {name: piece for name, piece in named if name in names}


def uri(text: str) -> Reading:
    """A sip, sips, tel or tels URI: its parts, and its known parameters as ``x_param``."""
    scheme, _, rest = text.partition(":")
    if scheme.lower() in ("tel", "tels"):
        user, semicolon, parameters = rest.partition(";")
        fields = {"uri": text, "user": user}
    else:
        fields = {"uri": text}
        userinfo, at, rest = rest.rpartition("@")
        if at:
            fields["user"], colon, password = userinfo.partition(":")
            fields |= {"password": password} if colon else {}
        rest, mark, headers = rest.partition("?")
        fields |= {"headers": headers} if mark else {}
        place, semicolon, parameters = rest.partition(";")
        host, port = re.fullmatch(r"(\[[^]]*\]|[^:]*)(?::(\d+))?", place).groups()
        fields |= {"host": host} | ({"port": port} if port else {})
    if not semicolon:
        return Reading(fields, [])
    pieces = parameters.split(";")
    known = {f"{n}_param": p for n, p in _picked(pieces, KNOWN_URI_PARAMETERS).items()}
    return Reading(fields | {"parameters": parameters} | known, pairs(pieces))


def address(text: str) -> Reading:
    """``name <uri>;parameters`` or ``uri;parameters``; the name as written, quotes and all."""
    opening = re.match(r'(?:"(?:\\.|[^"\\])*"|[^"<])*<', text, re.DOTALL)
    if opening is None:
        where, *pieces = split(text, ";")
        name = ""
    else:
        end = text.index(">", opening.end())
        name, where = text[: opening.end() - 1], text[opening.end() : end]
        pieces = split(text[end + 1 :], ";")[1:]
    fields = {"display_name": name} if name.strip() else {}
    fields |= _picked(pieces, CONTACT_PARAMETERS)
    fields |= {n.lower(): value for n, value in pairs(pieces) if n.lower() == "tag"}
    return Reading(fields, pairs(pieces), uri(where))


def via(text: str) -> Reading:
    """One Via; comments are no part of a value."""
    sent, *pieces = split(text, ";")
    pieces = [COMMENT.sub("", piece) for piece in pieces]
    sent_by = r"(\S+?)\s*/\s*(\S+?)\s*/\s*(\S+)\s+(\[[^]]*\]|[^\s:]+)\s*(?::\s*(\d+))?"
    names = ("protocol", "version", "transport", "host", "port")
    found = re.fullmatch(sent_by, COMMENT.sub("", sent)).groups()
    fields = {name: part for name, part in zip(names, found, strict=True) if part}
    fields |= {n.lower(): v for n, v in pairs(pieces) if n.lower() in VIA_PARAMETERS and v}
    if pieces:
        fields["params"] = text[text.index(";") + 1 :].partition("(")[0]
    return Reading(fields, pairs(pieces))


def credentials(text: str) -> Fields:
    """The parameters of Digest credentials, without quotes; of two alike the last."""
    _, rest = text.split(None, 1)
    return {name.lower(): value.strip('"') for name, value in pairs(split(rest, ","))}
