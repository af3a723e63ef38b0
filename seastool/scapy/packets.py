"""What all packets of the layer are, and those of which there is one in every dialect."""

from __future__ import annotations

import struct as packing
from typing import Any, ClassVar

from scapy.config import conf
from scapy.error import Scapy_Exception
from scapy.packet import Packet, Raw

from seastool.errors import SeasError

FAILURES = (SeasError, Scapy_Exception, packing.error, IndexError, KeyError, TypeError, ValueError)
TOLD = ("dialect", "socket", "direction")


class Declared(Packet):
    """A packet whose fields are those of a declared structure.

    Bytes that do not fit the declaration stay what they are, as Raw below it.
    """

    match_subclass = True
    fields_desc: ClassVar[list[Any]] = []

    def __init__(self, *args: Any, **fields: Any) -> None:
        for told in TOLD:
            fields.pop(told, None)  # SEAS chose this class by them
        super().__init__(*args, **fields)

    def dissect(self, s: bytes) -> None:
        """Never raises."""
        try:
            super().dissect(s)
        except FAILURES:
            self.fields = {}
            self.remove_payload()
            self.raw_packet_cache, self.raw_packet_cache_fields = b"", {}
            self.explicit = 1
            self.add_payload(conf.raw_layer(s, _internal=1, _underlayer=self))

    def self_build(self) -> bytes:
        """From the fields, not from what was dissected, where a packet inside may have changed:
        scapy looks one level deep."""
        if self.fields and any(f.holds_packets for f in self.fields_desc):
            self.raw_packet_cache = self.raw_packet_cache_fields = None
        return super().self_build()

    def extract_padding(self, s: bytes) -> tuple[bytes, bytes]:
        return b"", s


class Unframed(Raw):
    """Bytes of a SEAS connection that are no whole unit."""

    name = "SEAS unframed"
    match_subclass = True

    def __init__(self, *args: Any, **fields: Any) -> None:
        for told in TOLD:
            fields.pop(told, None)
        super().__init__(*args, **fields)
