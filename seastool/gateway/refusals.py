"""Which requests no application server gets, and what is answered to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seastool.gateway.checks import LOOPED, MERGED, NOTHING_TO_CANCEL, Refusal, refusal
from seastool.gateway.loops import has_been_here, is_looped
from seastool.gateway.settings import Settings
from seastool.gateway.syntax import ADDRESSES, fault_of, scheme_of
from seastool.sip.header_name import KINDS
from seastool.sip.hop import Hop
from seastool.sip.incoming import Incoming
from seastool.sip.text import part_of
from seastool.sip.transactions import Arrival, ArrivalKind, TransactionLayer

_CANCEL: Final = b"CANCEL"
_REGISTER: Final = b"REGISTER"
_LONGEST_URI: Final = 255  # bytes that a URI in an event may have
_TOO_LONG: Final = Refusal(414, b"Request-URI Too Long")
_BAD_URI: Final = Refusal(400, b"Bad Request URI")
_TOO_LARGE: Final = Refusal(513, b"Message Too Large")
_NO_ADDRESS_OF_RECORD: Final = Refusal(400, b"To Is No SIP URI")
_OTHER_SCHEME: Final = Refusal(416, b"Unsupported URI Scheme")
_SIP: Final = (b"sip", b"sips")
_READ: Final = {b"", b"sip", b"sips", b"tel"}  # schemes of well-formed addresses; none of others
_SINGLE: Final = frozenset({"TO", "FROM", "CSEQ", "CALLID", "MAXFORWARDS", "CONTENTLENGTH"})
_NAMES: Final = {kind: name.title() for name, kind in KINDS.items()}
_NAMES.update(CALLID="Call-ID", CSEQ="CSeq")


class Doorkeeper:
    """Judges requests before they are handed over. is_own: whether a sent-by is ours."""

    def __init__(
        self, layer: TransactionLayer, settings: Settings, is_own: Callable[[bytes], bool]
    ) -> None:
        self._layer = layer
        self._checks, self._by_rfc = settings.checks, settings.by_rfc
        self._is_own = is_own

    def refusal(self, arrival: Arrival, request: Incoming, hop: Hop) -> Refusal | None:
        """Why a request is not handed over; None if it is."""
        if not self._checks:
            return None
        # What has gone round comes again with the same identifiers, and is another request.
        if arrival.kind is ArrivalKind.MERGED and not has_been_here(
            request, self._is_own, self._layer
        ):
            return MERGED
        if is_looped(request, self._is_own, self._layer):
            return LOOPED
        if arrival.invite is None and request.method == _CANCEL:
            return NOTHING_TO_CANCEL
        if self._by_rfc and (fault := fault_of(request)) is not None:
            return fault
        return refusal(request, hop.protocol)


def not_encoded(request: Incoming, part: str) -> Refusal:
    """What is answered to a request that the encoder refuses. part: that it refuses, as in
    `EncodeError.path`."""
    if part == "length":
        return _TOO_LARGE
    if part == "uri":
        return _not_encoded_uri(part_of(request.text, 0, request.start.second))
    name = _NAMES.get(part, "Header").encode()
    lines = [line for line in request.outline.lines if line.kind == part]
    if part in _SINGLE and len(lines) > 1:
        return Refusal(400, b"More Than One " + name)
    values = [request.text[line.value : line.end] for line in lines]
    if part in ADDRESSES and not {scheme_of(part, value) for value in values} <= _READ:
        if part == "TO" and request.method == _REGISTER:
            return _NO_ADDRESS_OF_RECORD
        return Refusal(416, b"Unsupported URI Scheme In " + name)
    return Refusal(400, b"Bad " + name)


def _not_encoded_uri(uri: bytes) -> Refusal:
    if len(uri) > _LONGEST_URI:
        return _TOO_LONG
    is_sip = uri.partition(b":")[0].lower() in _SIP
    return _BAD_URI if is_sip else _OTHER_SCHEME
