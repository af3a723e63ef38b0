"""The headers that the proxy keeps of an action's text (docs/protocol.md: Replies, Limits).

It copies them into a buffer of 1024 bytes. A header that does not fit is left out, but a later,
shorter one is not; Record-Routes and a cut Via that do not fit end the action.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from seastool.errors import SipError
from seastool.seas.openser.behaviour import MAX_KEPT_HEADERS
from seastool.sip.grammar import Grammar
from seastool.sip.incoming import shown
from seastool.sip.outline import ByOutline, Line, Outline, cut_out, runs_of
from seastool.sip.route import parse_routes
from seastool.sip.via import parse_vias

FORBIDDEN_IN_REPLY: Final = frozenset({"VIA", "TO", "FROM", "CSEQ", "CALLID", "CONTENTLENGTH"})
FORBIDDEN_IN_REQUEST: Final = frozenset({"CONTENTLENGTH", "ROUTE", "TO", "FROM", "CALLID", "CSEQ"})
_VIA: Final = b"Via: "
_CRLF: Final = b"\r\n"


class DoesNotFit(SipError):
    """A header that the action cannot do without does not fit the buffer."""


class KeptHeaders(NamedTuple):
    """data: whole lines. discarded: names of those that did not fit."""

    data: bytes
    discarded: Sequence[bytes] = ()

    @property
    def complaint(self) -> str:
        """What a person should know of what did not fit."""
        names = shown(b", ".join(self.discarded))
        return f"headers over {MAX_KEPT_HEADERS} bytes: the proxy leaves out {names}"


def kept_in_reply(
    text: bytes, outline: Outline, routes: int | None, grammar: Grammar
) -> KeptHeaders:
    """What is kept of a reply. routes: how many Record-Routes, from the top; None for all.

    Raises: SipError if a Record-Route does not parse, DoesNotFit.
    """
    runs = _RUNS.get(outline)
    if runs is None:
        runs = _RUNS.keep(outline, _runs(outline))
    if runs is not _CHOSEN:
        return KeptHeaders(cut_out(text, runs))
    kept = _Buffer(text)
    for line in outline.lines:
        if line[0] in FORBIDDEN_IN_REPLY:
            continue
        if line[0] == "RECORDROUTE" and routes is not None:
            routes = kept.add_routes(line, routes, grammar)
        else:
            kept.add(line)
    return kept.done()


_CHOSEN: Final[list[tuple[int, int]]] = []
_RUNS: Final[ByOutline[list[tuple[int, int]]]] = ByOutline()


def _runs(outline: Outline) -> list[tuple[int, int]]:
    """Start and end of what is kept of a reply, in pieces; _CHOSEN where Record-Routes or a lack
    of room make a choice."""
    if "RECORDROUTE" in outline.firsts:
        return _CHOSEN
    lines = [line for line in outline.lines if line.kind not in FORBIDDEN_IN_REPLY]
    if sum(line.end - line.start for line in lines) >= MAX_KEPT_HEADERS:
        return _CHOSEN
    return runs_of(lines)


def kept_in_request(text: bytes, lines: list[Line], grammar: Grammar) -> KeptHeaders:
    """What is kept of a request: all but its topmost Via and what the proxy writes itself.

    Raises: SipError if a Via does not parse, DoesNotFit.
    """
    kept = _Buffer(text)
    stripped = False
    for line in lines:
        if line[0] in FORBIDDEN_IN_REQUEST:
            continue
        if line[0] == "VIA" and not stripped:
            stripped = True
            kept.add_other_vias(line, grammar)
        else:
            kept.add(line)
    return kept.done()


def route_count(text: bytes, outline: Outline, grammar: Grammar) -> int:
    """How many Record-Routes there are in all. Raises: SipError."""
    if "RECORDROUTE" not in outline.firsts:
        return 0
    return sum(
        len(parse_routes(text, line.value, line.end, grammar))
        for line in outline.lines
        if line[0] == "RECORDROUTE"
    )


class _Buffer:
    """The buffer, and what did not fit it."""

    __slots__ = ("_discarded", "_pieces", "_size", "_text")

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._pieces: list[bytes] = []
        self._discarded: list[bytes] = []
        self._size = 0

    def add(self, line: Line) -> None:
        _, start, _, end = line
        size = self._size + end - start
        if size >= MAX_KEPT_HEADERS:
            self._discarded.append(self._text[start : self._text.find(b":", start)])
            return
        self._size = size
        self._pieces.append(self._text[start:end])

    def add_routes(self, line: Line, left: int, grammar: Grammar) -> int:
        """Add a Record-Route header, or as many of its routes as are left; how many still are."""
        if not left:
            return 0
        routes = parse_routes(self._text, line.value, line.end, grammar)
        if len(routes) <= left:
            self._must_fit(self._text[line.start : line.end], line.start)
            return left - len(routes)
        end = routes[left - 1].end
        self._must_fit(self._text[line.start : end] + _CRLF, line.start)
        return 0

    def add_other_vias(self, line: Line, grammar: Grammar) -> None:
        """Add what follows the first Via of a header, if anything does."""
        text = self._text[line.start : line.end]
        vias = parse_vias(text + b"A", line.value - line.start, grammar).vias
        if len(vias) > 1:
            self._must_fit(_VIA + text[vias[1].protocol[0] :], line.start)

    def _must_fit(self, piece: bytes, at: int) -> None:
        if self._size + len(piece) >= MAX_KEPT_HEADERS:
            raise DoesNotFit("header does not fit the proxy's buffer", offset=at)
        self._size += len(piece)
        self._pieces.append(piece)

    def done(self) -> KeptHeaders:
        return KeptHeaders(b"".join(self._pieces), self._discarded)
