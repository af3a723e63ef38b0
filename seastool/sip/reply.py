"""The response that a server makes of a request (RFC 3261 section 8.2.6): Via, From, To, Call-ID
and CSeq are the request's own, byte for byte, and so is Record-Route where it matters."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from seastool.sip.address import parse_address
from seastool.sip.grammar import Grammar
from seastool.sip.outline import Line, Outliner
from seastool.sip.text import Span, trimmed_right

CRLF: Final = b"\r\n"
TAG: Final = b";tag="
_COPIED: Final = frozenset({"VIA", "FROM", "CALLID", "CSEQ"})
_ROUTED_FROM, _ROUTED_BEFORE = 180, 300  # statuses that carry Record-Route back


class ReplyForm:
    """What all responses to one request have in common.

    tag: the request's own To tag; empty in a request that opens a dialog.
    """

    __slots__ = ("_after", "_before", "_routed", "_to", "_to_before", "_to_behind", "tag")

    def __init__(
        self, text: bytes, lines: list[Line], to_tag: Span | None, via: bytes | None = None
    ) -> None:
        """lines: the request's, of its outline. to_tag: where To's tag is in the text.
        via: stands in for the first Via header (received and rport filled in)."""
        before: list[bytes] = []
        after: list[bytes] = []
        routed: tuple[list[bytes], list[bytes]] = ([], [])
        has_routes = False
        side = 0
        self._to = self._to_before = self._to_behind = self.tag = b""
        for kind, start, _, end in lines:
            if kind in _COPIED:
                piece = text[start:end]
                if kind == "VIA":
                    piece = _ended(via if via is not None else piece)
                    via = None
                (after if side else before).append(piece)
                routed[side].append(piece)
            elif kind == "TO" and not side:
                side = 1
                self._set_to(text, start, end, to_tag)
            elif kind == "RECORDROUTE":
                has_routes = True
                routed[side].append(text[start:end])
        self._before, self._after = b"".join(before), b"".join(after)
        self._routed = (b"".join(routed[0]), b"".join(routed[1])) if has_routes else None

    def _set_to(self, text: bytes, start: int, end: int, tag: Span | None) -> None:
        self._to = text[start:end]
        if tag is not None and tag[1]:
            self.tag = text[tag[0] : tag[0] + tag[1]]
            self._to_before, self._to_behind = text[start : tag[0]], text[tag[0] + tag[1] : end]
        else:
            value_end = trimmed_right(text, start, end)
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


def _ended(via: bytes) -> bytes:
    return via.rstrip(b" \t\r\n") + CRLF


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
    form = ReplyForm(request, outline.lines, found)
    return form.render(status, reason, tag=b"" if form.tag else tag, headers=headers, body=body)
