"""The response that a server makes of a request (RFC 3261 section 8.2.6): Via, From, To, Call-ID
and CSeq are the request's own, byte for byte, and so is Record-Route where it matters."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from seastool.sip.address import parse_address
from seastool.sip.grammar import Grammar
from seastool.sip.outline import ByOutline, Outline, Outliner, cut_out, runs_of
from seastool.sip.text import Span

CRLF: Final = b"\r\n"
TAG: Final = b";tag="
_COPIED: Final = frozenset({"VIA", "FROM", "CALLID", "CSEQ"})
_ROUTED_FROM, _ROUTED_BEFORE = 180, 300  # statuses that carry Record-Route back


class _Copied(NamedTuple):
    """Where in a request that has no Record-Route are the headers that its responses copy: start
    and end of each run of them. via_end: of the topmost Via, with which `before` begins. before,
    after: of To. value_end: where To's value ends."""

    via_end: int
    before: list[tuple[int, int]]
    to: tuple[int, int]
    value_end: int
    after: list[tuple[int, int]]


_COPIED_OF: Final[ByOutline[_Copied]] = ByOutline()
_ONE_BY_ONE: Final = _Copied(0, [], (0, 0), 0, [])


def _copied(text: bytes, outline: Outline) -> _Copied:
    """_ONE_BY_ONE for a request whose headers have to be looked at so."""
    lines = [line for line in outline.lines if line.kind in _COPIED]
    vias = [line for line in lines if line.kind == "VIA"]
    to = outline.firsts.get("TO")
    if to is None or "RECORDROUTE" in outline.firsts:
        return _ONE_BY_ONE
    if not vias or lines[0] is not vias[0] or to.start < lines[0].start:
        return _ONE_BY_ONE
    if any(text[via.start : via.end] != _ended(text[via.start : via.end]) for via in vias):
        return _ONE_BY_ONE
    return _Copied(
        lines[0].end,
        runs_of(line for line in lines if line.start < to.start),
        (to.start, to.end),
        _value_end(text, to.start, to.end),
        runs_of(line for line in lines if line.start > to.start),
    )


class ReplyForm:
    """What all responses to one request have in common.

    tag: the request's own To tag; empty in a request that opens a dialog.
    """

    __slots__ = ("_after", "_before", "_routed", "_to", "_to_before", "_to_behind", "tag")

    def __init__(
        self, text: bytes, outline: Outline, to_tag: Span | None, via: bytes | None = None
    ) -> None:
        """outline: the request's. to_tag: where To's tag is in the text.
        via: stands in for the first Via header (received and rport filled in)."""
        self._routed: tuple[bytes, bytes] | None = None
        copied = _COPIED_OF.get(outline)
        if copied is None:
            copied = _COPIED_OF.keep(outline, _copied(text, outline))
        if copied is _ONE_BY_ONE:
            self._copy(text, outline, to_tag, via)
            return
        via_end, before, (to, to_end), value_end, after = copied
        self._before = cut_out(text, before)
        self._after = cut_out(text, after)
        if via is not None:
            self._before = _ended(via) + self._before[via_end - before[0][0] :]
        self._set_to(text, to, value_end, to_end, to_tag)

    def _copy(self, text: bytes, outline: Outline, to_tag: Span | None, via: bytes | None) -> None:
        """Header by header."""
        before: list[bytes] = []
        after: list[bytes] = []
        routed: tuple[list[bytes], list[bytes]] = ([], [])
        has_routes = False
        side = 0
        self._to = self._to_before = self._to_behind = self.tag = b""
        for kind, start, _, end in outline.lines:
            if kind in _COPIED:
                piece = text[start:end]
                if kind == "VIA":
                    piece = _ended(via if via is not None else piece)
                    via = None
                (after if side else before).append(piece)
                routed[side].append(piece)
            elif kind == "TO" and not side:
                side = 1
                self._set_to(text, start, _value_end(text, start, end), end, to_tag)
            elif kind == "RECORDROUTE":
                has_routes = True
                routed[side].append(text[start:end])
        self._before, self._after = b"".join(before), b"".join(after)
        if has_routes:
            self._routed = b"".join(routed[0]), b"".join(routed[1])

    def _set_to(self, text: bytes, start: int, value_end: int, end: int, tag: Span | None) -> None:
        self._to = text[start:end]
        if tag is not None and tag[1]:
            at, length = tag
            self.tag = text[at : at + length]
            self._to_before, self._to_behind = text[start:at], text[at + length : end]
        else:
            self.tag = b""
            self._to_before = text[start:value_end] + TAG
            self._to_behind = text[value_end:end]

    def render(
        self,
        status: int,
        reason: bytes,
        *,
        tag: bytes = b"",
        headers: bytes = b"",
        body: bytes = b"",
        behind: bytes = b"",
    ) -> bytes:
        """One response.

        tag: To's, in place of the request's own; empty to leave To as it came.
        headers: whole lines, added after the copied ones; behind: more of them, after those.
        Content-Length is written last.
        """
        before, after = self._before, self._after
        if self._routed is not None and _ROUTED_FROM <= status < _ROUTED_BEFORE:
            before, after = self._routed
        to = b"".join((self._to_before, tag, self._to_behind)) if tag else self._to
        return b"".join(
            (
                b"SIP/2.0 %03d " % (status % 1000),
                reason,
                CRLF,
                before,
                to,
                after,
                headers,
                behind,
                b"Content-Length: %d\r\n\r\n" % len(body),
                body,
            )
        )


def _value_end(text: bytes, start: int, end: int) -> int:
    """Where a line ends but for its line end: the blanks before that stay, as real servers do."""
    return start + len(text[start:end].rstrip(CRLF))


def _ended(via: bytes) -> bytes:
    return via.rstrip(CRLF) + CRLF


@lru_cache(maxsize=1)
def _plain() -> Outliner:
    return Outliner(Grammar())


def respond(
    request: bytes,
    status: int,
    reason: bytes,
    *,
    tag: bytes = b"",
    headers: bytes = b"",
    body: bytes = b"",
) -> bytes:
    """A response to the request, as a user agent would send it.

    tag: To's, if the request has none. headers: whole lines. Raises: SipError.
    """
    outline = _plain().cut(request)
    to = outline.first("TO")
    found: Span | None = None
    if to is not None:
        found = parse_address(request + b"A", to.value, to.end + 1, Grammar()).tag
    form = ReplyForm(request, outline, found)
    if to is None or form.tag:
        tag = b""
    return form.render(status, reason, tag=tag, headers=headers, body=body)
