"""What the proxy's own parser makes of Via, To, From and CSeq, kept by the lines it has met.

As in the encoder, lines that differ only in the characters of an identifier have their parts in
the same places, so one reading serves them all.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeVar

from seastool.sip.address import parse_address
from seastool.sip.grammar import Grammar
from seastool.sip.masking import masked
from seastool.sip.method import parse_cseq_spans
from seastool.sip.outline import Line
from seastool.sip.text import Span, fail
from seastool.sip.values import parse_content_length
from seastool.sip.via import Via, parse_vias
from seastool.sip.via_parameter import ViaParameter

_KEPT: Final = 2048
_BEHIND: Final = b"A"

Parts = TypeVar("Parts")


class ViaParts(NamedTuple):
    """The first Via of a header; spans count from the start of the header.

    rport: the whole parameter. has_received, has_maddr: whether there is such a parameter.
    """

    transport: Span
    host: Span
    port: Span | None
    branch: Span | None
    rport: Span | None
    has_received: bool
    has_maddr: bool


class AddressParts(NamedTuple):
    """Spans count from the start of the header."""

    uri: Span
    display: Span | None
    tag: Span | None


class CSeqParts(NamedTuple):
    """The number as text, and the method."""

    number: bytes
    method: bytes


class HeaderReader:
    """Reads headers as one grammar has them; what it keeps is bounded."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        # By the line as it is, as all messages of a call have the same; and by the line masked.
        self._via_lines: dict[bytes, ViaParts] = {}
        self._address_lines: dict[bytes, AddressParts] = {}
        self._vias: dict[bytes, ViaParts] = {}
        self._addresses: dict[bytes, AddressParts] = {}
        self._cseqs: dict[bytes, CSeqParts] = {}
        self._lengths: dict[bytes, int] = {}

    def via(self, text: bytes, line: Line) -> ViaParts:
        """The topmost Via of a header. Raises: SipError."""
        own = text[line.start : line.end]
        found = self._via_lines.get(own)
        if found is None:
            key = masked(own)
            found = self._vias.get(key)
            if found is None:
                vias = parse_vias(key + _BEHIND, line.value - line.start, self._grammar)
                found = _via_parts(vias.vias[0])
                _keep(self._vias, key, found)
            _keep(self._via_lines, own, found)
        return found

    def address(self, text: bytes, line: Line) -> AddressParts:
        """To or From. Raises: SipError."""
        own = text[line.start : line.end]
        found = self._address_lines.get(own)
        if found is None:
            key = masked(own)
            found = self._addresses.get(key)
            if found is None:
                start = line.value - line.start
                address = parse_address(key + _BEHIND, start, len(key) + 1, self._grammar)
                found = AddressParts(address.uri, address.display, address.tag)
                _keep(self._addresses, key, found)
            _keep(self._address_lines, own, found)
        return found

    def cseq(self, text: bytes, line: Line) -> CSeqParts:
        """CSeq. Raises: SipError."""
        key = text[line.start : line.end]
        found = self._cseqs.get(key)
        if found is None:
            start = line.value - line.start
            number, number_end, method, method_end = parse_cseq_spans(key, start, len(key))
            if not key[number:number_end].isdigit():
                fail("CSeq has no number", number)
            found = CSeqParts(key[number:number_end], key[method:method_end])
            _keep(self._cseqs, key, found)
        return found

    def content_length(self, text: bytes, line: Line) -> int:
        """Content-Length. Raises: SipError."""
        key = text[line.start : line.end]
        found = self._lengths.get(key)
        if found is None:
            start = line.value - line.start
            found = parse_content_length(key + _BEHIND, start, self._grammar).value
            _keep(self._lengths, key, found)
        return found


def _keep(store: dict[bytes, Parts], key: bytes, value: Parts) -> None:
    if len(store) >= _KEPT:
        store.clear()
    store[key] = value


def _via_parts(via: Via) -> ViaParts:
    rport: Span | None = None
    for parameter in via.parameters:
        if parameter.kind == "rport":
            rport = _whole(parameter)
    kinds = {parameter.kind for parameter in via.parameters}
    return ViaParts(
        via.transport,
        via.host,
        via.port,
        via.value("branch"),
        rport,
        "received" in kinds,
        "maddr" in kinds,
    )


def _whole(parameter: ViaParameter) -> Span:
    end = parameter.value_end if parameter.value_start >= 0 else parameter.name_end
    return parameter.name_start, end - parameter.name_start
