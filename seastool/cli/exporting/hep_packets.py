"""Records of a capture as HEP3 packets: SIP as SIP, and each SEAS frame as a log in JSON."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from seastool.capture.decoded import Decoded
from seastool.capture.records import Address, CapturedFrame, CapturedSip, Gap
from seastool.cli.decoding.entry import facts_for
from seastool.cli.decoding.json_view import JsonView
from seastool.render.hep import HepPacket, Kind

TCP, UDP = 6, 17
MOST_KNOWN: Final = 65536  # transactions whose Call-ID is kept in mind
LONGEST_LOG: Final = 8000  # bytes by UDP: heplify-server takes 8192 with the chunks around it
_FIELDS: Final = ',"fields":'


class HepOrigin(NamedTuple):
    """What every packet of ours says of who captured it."""

    capture_id: int = 0
    password: bytes = b""


class HepPackets:
    """Makes the packets of one capture.

    longest_log: a record in JSON that is longer goes without its fields, counted in `shortened`.
    """

    def __init__(self, origin: HepOrigin, longest_log: int = LONGEST_LOG) -> None:
        self.shortened = 0
        self._origin = origin
        self._longest = longest_log
        self._json = JsonView()
        self._known: OrderedDict[tuple[object, ...], str] = OrderedDict()

    def of(self, decoded: Decoded) -> Iterator[HepPacket]:
        """SIP first, then the frame that carried it; nothing for a gap."""
        captured = decoded.captured
        if isinstance(captured, Gap):
            return
        call_id = facts_for(decoded).call_id
        if isinstance(captured, CapturedSip):
            protocol = UDP if captured.transport == "udp" else TCP
            yield self._packet(captured, protocol, Kind.SIP, captured.data, call_id)
            return
        call_id = self._call_of(captured, decoded.unit, call_id)
        if text := _sip_text(decoded):
            yield self._packet(captured, TCP, Kind.SIP, text, call_id)
        yield self._packet(captured, TCP, Kind.LOG, self._log(decoded), call_id)

    def _packet(
        self,
        captured: CapturedFrame | CapturedSip,
        protocol: int,
        kind: Kind,
        payload: bytes,
        call_id: str,
    ) -> HepPacket:
        return HepPacket(
            source=captured.source.packed,
            destination=captured.destination.packed,
            source_port=captured.source.port,
            destination_port=captured.destination.port,
            protocol=protocol,
            time_ns=captured.time_ns,
            kind=kind,
            payload=payload,
            capture_id=self._origin.capture_id,
            password=self._origin.password,
            correlation=call_id.encode("utf-8", "backslashreplace"),
        )

    def _log(self, decoded: Decoded) -> bytes:
        text = self._json.show(decoded).rstrip("\n")
        head, found, _ = text.partition(_FIELDS)
        if len(text) > self._longest and found:
            self.shortened += 1
            text = head + "}"
        return text.encode()

    def _call_of(self, captured: CapturedFrame, unit: Any, call_id: str) -> str:
        """The Call-ID of a frame, or that of the frame before it that names the same transaction:
        faked responses and failures carry no SIP."""
        keys = list(_names(captured, unit))
        for key in keys:
            if call_id:
                self._known[key] = call_id
                self._known.move_to_end(key)
                if len(self._known) > MOST_KNOWN:
                    self._known.popitem(last=False)
            else:
                call_id = self._known.get(key, "")
        return call_id


def _names(captured: CapturedFrame, unit: Any) -> Iterator[tuple[object, ...]]:
    """How a frame names its transaction, between these two hosts."""
    ends = frozenset((captured.source.packed, captured.destination.packed)), captured.as_name
    uac_id, label = getattr(unit, "uac_id", None), getattr(unit, "label", None)
    if uac_id is not None:
        yield (*ends, uac_id)
    if label is not None:
        yield (*ends, unit.hash_index, label)


def _sip_text(decoded: Decoded) -> bytes:
    if decoded.message is not None:
        return decoded.message.text
    text: bytes = getattr(decoded.unit, "text", b"")
    return text


def describe(packet: HepPacket, line: Callable[[bytes], str]) -> str:
    """One line of a packet for people. line: makes any bytes fit for a terminal."""
    source = Address(packet.source, packet.source_port)
    destination = Address(packet.destination, packet.destination_port)
    transport = "udp" if packet.protocol == UDP else "tcp"
    text = packet.payload.splitlines()[0] if packet.payload.strip() else b""
    if packet.kind == Kind.LOG:
        text = str(json.loads(packet.payload)["type"]).encode()
    call = line(packet.correlation) or "-"
    return f"{Kind(packet.kind).name}  {transport} {source} -> {destination}  {call}  {line(text)}"
