"""Via: one or more, each with host, port, parameters and a comment.

The span of all parameters is not always known to the real parsers; `ViaParams` says when.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from seastool.sip.grammar import Grammar, ViaParams
from seastool.sip.text import FOLDED, QUOTE, Span, fail
from seastool.sip.via_parameter import Stop, ViaParameter, parse_via_parameter

_LWS: Final = FOLDED.pattern
_SLASH: Final = _LWS + b"/" + _LWS
_HEAD: Final = re.compile(
    _LWS + rb"([Ss][Ii][Pp])" + _SLASH + rb"(2\.0)" + _SLASH + rb"([^ \t\r\n/]+)"
)
_KNOWN_TRANSPORTS: Final = (b"udp", b"tcp", b"tls", b"sctp")
_NO_FIRST_LETTER: Final = b"ipdcl2.0"  # letters of SIP/2.0 and the known ones, not their first
_HOST: Final = re.compile(rb"[^ \t\r\n\0:;,()\[\]]+")
_STRICT_HOST: Final = re.compile(rb"[A-Za-z0-9.\-]+")
_FOLD: Final = rb"(?:(?:\r\n|\r|\n)[ \t])*+"  # within an address, of one blank each
_ADDRESS: Final = re.compile(rb"\[" + _FOLD + rb"(?:[^ \t\r\n\0;,()\[\]]++" + _FOLD + rb")++\]")
_STRICT_ADDRESS: Final = re.compile(rb"\[" + _FOLD + rb"(?:[A-Fa-f0-9:]++" + _FOLD + rb")++\]")
_PORT: Final = re.compile(rb"[^ \t\r\n\0:;,()\[\]]+")
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_COMMENT_STOP: Final = re.compile(rb"[()\r\n\0]")
_LONGEST_PORT: Final = 5


@dataclass(slots=True)
class Via:
    """One Via; spans count from the text's start.

    parameters_span: from behind the first semicolon; None where the proxy does not know it.
    """

    protocol: Span
    version: Span
    transport: Span
    host: Span = (0, 0)
    port: Span | None = None
    parameters_span: Span | None = None
    parameters: list[ViaParameter] = field(default_factory=list)

    def value(self, kind: str) -> Span | None:
        """The value of the last parameter of a kind; None without one, or if it is empty."""
        found = None
        for parameter in self.parameters:
            if parameter.kind == kind:
                has_value = parameter.value_start >= 0
                length = parameter.value_end - parameter.value_start
                found = (parameter.value_start, length) if has_value and length else None
        return found


@dataclass(slots=True)
class Vias:
    """The Vias of one header, and where the next header starts."""

    vias: list[Via]
    end: int


class _Parser:
    """One run; `via` is the one being read, `first` where its parameters start."""

    __slots__ = ("first", "grammar", "length", "text", "via")

    def __init__(self, text: bytes, grammar: Grammar) -> None:
        self.text = text
        self.grammar = grammar
        self.via = Via((0, 0), (0, 0), (0, 0))
        self.first = -1
        self.length = 0

    def one(self, start: int) -> tuple[int, bool]:
        """One Via from `start`: where it ends, and whether another follows there."""
        text = self.text
        head = _HEAD.match(text, start) or fail("not SIP/2.0/transport", start)
        protocol, version, transport = head.span(1), head.span(2), head.span(3)
        self.via = Via(_span(protocol), _span(version), _span(transport))
        self.first, self.length = -1, 0
        self.check_transport(head[3].lower(), head.start(3))
        at = _blanks(text, head.end())
        if at == head.end():
            fail("no blank behind the transport", at)
        at = self.host_and_port(at)
        at, more = self.rest(at)
        self.finish()
        return at, more

    def check_transport(self, transport: bytes, at: int) -> None:
        if transport in _KNOWN_TRANSPORTS:
            return
        grammar = self.grammar
        partial = any(known.startswith(transport) for known in _KNOWN_TRANSPORTS)
        if (
            not grammar.via_other_transports
            or (partial and not grammar.via_partial_transports)
            or transport[0] in _NO_FIRST_LETTER
        ):
            fail("unknown transport", at)

    def host_and_port(self, at: int) -> int:
        """From the host to what follows host or port, blanks skipped."""
        text, strict = self.text, self.grammar.via_host_checked
        if text[at : at + 1] == b"[":
            found = (_STRICT_ADDRESS if strict else _ADDRESS).match(text, at)
        else:
            found = (_STRICT_HOST if strict else _HOST).match(text, at)
        if found is None:
            fail("no host", at)
        self.via.host = _span(found.span())
        at = _blanks(text, found.end())
        if text[at : at + 1] != b":":
            return at
        start = _blanks(text, at + 1)
        port = _PORT.match(text, start) or fail("no port", start)
        if not port[0].isdigit() or len(port[0]) > _LONGEST_PORT:
            fail("bad port", start)
        self.via.port = _span(port.span())
        at = _blanks(text, port.end())
        if text[at : at + 1] == b":":
            fail("bad port", at)
        return at

    def rest(self, at: int) -> tuple[int, bool]:
        """Parameters and comments: the end, and whether another Via follows."""
        text = self.text
        commented = False
        while at < len(text):
            found = text[at]
            if found == 0x3B and not commented:
                at, stop = self.parameter(at)
                if stop is Stop.HEADER:
                    return at, False
                if stop is Stop.VIA:
                    return self.next_via(at)
            elif found == 0x2C:
                return self.next_via(at)
            elif found == 0x28:
                if self.first >= 0:
                    self.length = at - self.first
                at = self.comment(at)
                commented = True
            elif found in b"\r\n":
                return _behind_line(text, at), False
            elif found == 0:
                return at, False
            else:
                fail("character not expected in a Via", at)
            at = _blanks(text, at)
        return at, False

    def parameter(self, semicolon: int) -> tuple[int, Stop]:
        """The parameter behind a semicolon, and what stopped it."""
        start = semicolon + 1
        if self.first < 0:
            self.first = start
        at = _blanks(self.text, start)
        found, at, stop, size_end = parse_via_parameter(self.text, at, self.grammar)
        self.via.parameters.append(found)
        if stop in (Stop.VIA, Stop.HEADER):
            self.length = size_end - self.first
        elif self.grammar.via_params is ViaParams.EACH:
            self.length = at - self.first
        if stop is Stop.VALUE and self.text[at] == QUOTE:
            at += 1
        return at if stop in (Stop.VIA, Stop.HEADER) else _blanks(self.text, at), stop

    def comment(self, start: int) -> int:
        """Past the bracket that closes the comment at `start`."""
        depth, at = 0, start
        while stop := _COMMENT_STOP.search(self.text, at):
            at = stop.start()
            found = self.text[at]
            if found == 0x28:
                depth += 1
            elif found == 0x29:
                depth -= 1
                if not depth:
                    return at + 1
            elif (behind := _blanks(self.text, at)) > at:
                at = behind - 1
            else:
                break
            at += 1
        return fail("comment not closed", start)

    def next_via(self, comma: int) -> tuple[int, bool]:
        """Where the Via behind one or more commas starts."""
        at = comma
        while self.text[at : at + 1] == b",":
            at = _blanks(self.text, at + 1)
        if self.text[at : at + 1] in (b"", b"\r", b"\n", b"\0", *_NOT_A_VIA):
            fail("no Via behind a comma", at)
        return at, True

    def finish(self) -> None:
        """Settle the span of all parameters."""
        via, last = self.via, self.via.parameters[-1:]
        if last and not self.length and self.grammar.via_params is ViaParams.LAST:
            has_value = last[0].value_start >= 0 and last[0].value_end > last[0].value_start
            end = last[0].value_end if has_value else last[0].name_end
            self.length = end - self.first
        if self.first >= 0 and self.length:
            via.parameters_span = (self.first, self.length)


_NOT_A_VIA: Final = (b":", b";", b"(", b")", b"[", b"]")


def parse_vias(text: bytes, start: int, grammar: Grammar) -> Vias:
    """The Vias of the header whose value starts at `start`; the text must go on behind the
    header's line end. Raises: SipError."""
    run = _Parser(text, grammar)
    vias, at, more = [], start, True
    while more:
        at, more = run.one(at)
        vias.append(run.via)
    return Vias(vias, at)


def _span(bounds: tuple[int, int]) -> Span:
    return bounds[0], bounds[1] - bounds[0]


def _blanks(text: bytes, at: int) -> int:
    found = FOLDED.match(text, at)
    return found.end() if found else at


def _behind_line(text: bytes, at: int) -> int:
    found = _LINE_END.match(text, at)
    return found.end() if found else at
