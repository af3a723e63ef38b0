"""SEAS as a layer of scapy: every unit of both sockets and directions, in any dialect."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any, ClassVar

from scapy.config import conf
from scapy.fields import Field, StrField
from scapy.packet import Packet

from seastool.errors import DecodeError, SeasError
from seastool.scapy.fields import MESSAGE, fields_of
from seastool.scapy.message import COMPUTED, EncodedMessage, check, message_fields
from seastool.scapy.packets import Declared, Unframed
from seastool.scapy.sides import Side, cut, guess, side_below
from seastool.seas.codec import TYPE_OFFSET, decode_frame, frame_order, frame_struct
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.frames import FRAMES
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import Name, SocketInfo
from seastool.seas.header import BODIES, BareHeaderPrefix, HeaderPrefix, ShortHeaderPrefix
from seastool.seas.message import IndexEntry, MessageInfo
from seastool.seas.types import Direction, Socket
from seastool.wire import Structure
from seastool.wire.fields import ListOf, Nested

CONF = "SEAS"
STANDARD = "kamailio"  # the packets of all dialects are subclasses of this one's
conf.contribs[CONF] = {"dialect": STANDARD, "sip": None}

_NO_TYPE = -1
_UNSET: dict[type[Structure], tuple[str, ...]] = {MessageInfo: COMPUTED, IndexEntry: ("start",)}


class SEAS(Declared):
    """One unit: a name, socket info or a frame; the next one of the same segment is its payload.

    Given bytes, it is the class of what they are. dialect: whose numbers and layout; by default
    ``conf.contribs["SEAS"]["dialect"]``. socket, direction: whose bytes they are, as in
    `seastool.decode`; by default told by the TCP ports below, else by the bytes.
    """

    name = "SEAS"
    fields_desc: ClassVar[list[Any]] = []
    seas_layers: ClassVar[Family | None] = None  # no names that fields have
    seas_side: ClassVar[Side | None] = None

    @classmethod
    def dispatch_hook(
        cls,
        _pkt: bytes = b"",
        *_: Any,
        dialect: str | Dialect | None = None,
        socket: Socket | str | None = None,
        direction: Direction | str | None = None,
        _underlayer: Packet | None = None,
        **__: Any,
    ) -> type[Packet]:
        data = bytes(_pkt)
        if not data:
            return cls
        family = getattr(_underlayer, "seas_layers", None)
        if dialect is not None or family is None:
            family = layers(dialect)
        side = side_below(_underlayer) or getattr(_underlayer, "seas_side", None) or guess(data)
        side = Socket(socket or side[0]), Direction(direction or side[1])
        kind, size = cut(data, side)
        return Unframed if kind is None else family.unit(kind, data[:size], side)

    @classmethod
    def tcp_reassemble(
        cls, data: bytes, metadata: dict[str, Any], session: dict[str, Any]
    ) -> Packet | None:
        """All whole units at hand, the rest as Padding; None until there is one."""
        side = side_below(metadata.get("original"))
        # The same data are asked for again at once, without the packet.
        side = session["seas"] = side or session.get("seas") or guess(data)
        found: Packet | None = None
        at = 0
        while at < len(data):
            kind, size = cut(data[at:], side, last=bool(metadata.get("tcp_end")))
            if not size:
                break
            one = data[at : at + size]
            unit = Unframed if kind is None else layers().unit(kind, one, side)
            found = unit(one) if found is None else found / unit(one)
            at += size
        if found is not None and at < len(data):
            found.add_payload(conf.padding_layer(data[at:]))
        return found

    def do_dissect(self, s: bytes) -> bytes:
        if self.fields_desc[0].name != "length":
            return super().do_dissect(s)
        size = int.from_bytes(s[:TYPE_OFFSET], "big")
        if left := super().do_dissect(s[:size]):
            raise DecodeError(f"{len(left)} bytes left over", offset=size - len(left))
        return s[size:]

    def extract_padding(self, s: bytes) -> tuple[bytes, bytes]:
        return s, b""

    def guess_payload_class(self, payload: bytes) -> type[Packet]:
        return SEAS

    def post_build(self, pkt: bytes, pay: bytes) -> bytes:
        if "length" in self.fieldtype and self.length is None:
            pkt = len(pkt).to_bytes(TYPE_OFFSET, "big") + pkt[TYPE_OFFSET:]
        return pkt + pay

    def mysummary(self) -> str:
        return f"SEAS {type(self).__name__}"


class Undecoded(SEAS):
    """A whole frame that does not fit the declaration of its type."""

    name = "SEAS Undecoded"
    fields_desc: ClassVar[list[Any]] = [
        Field("length", None, "I"),
        Field("type", 0, "B"),
        StrField("content", b""),
    ]


class Family:
    """The packets of one dialect: an attribute for each structure, under its name, and Message."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._made: dict[type[Structure], type[Packet]] = {}

    @cached_property
    def Message(self) -> type[Packet]:
        """The packet of an encoded message."""
        standard = layers(STANDARD)
        base = EncodedMessage if self is standard else standard.Message
        return self._new("Message", base, message_fields(self))

    def __getattr__(self, name: str) -> type[Packet]:
        struct = structures().get(name)
        if struct is None:
            raise AttributeError(f"SEAS has no packet {name!r}; there are {', '.join(names())}")
        return self.of(struct)

    def of(self, struct: type[Structure]) -> type[Packet]:
        """The packet of a structure; each is one of the default dialect's, too."""
        if struct not in self._made:
            self._made[struct] = self._make(struct)
        return self._made[struct]

    def _make(self, struct: type[Structure]) -> type[Packet]:
        fields = fields_of(struct, frame_order(self.dialect.layout), self)
        for field in fields:
            if field.name in _UNSET.get(struct, ()):
                field.default = None
        own = {"seas_side": sides()[struct]} if struct in sides() else {}
        base: type[Packet] = SEAS if own or struct in (Name, SocketInfo) else Declared
        if (standard := layers(STANDARD)) is not self:
            base = standard.of(struct)
        return self._new(struct.__name__, base, fields, __doc__=struct.__doc__, **own)

    def _new(self, name: str, base: type[Packet], fields: list[Any], **own: Any) -> type[Packet]:
        own |= {"name": f"SEAS {name}", "fields_desc": fields, "seas_layers": self}
        make: Any = type(Packet)
        made: type[Packet] = make(name, (base,), own | {"__module__": __name__})
        return made

    def unit(self, kind: UnitKind, data: bytes, side: Side) -> type[Packet]:
        """The packet that a whole unit is."""
        if kind is not UnitKind.FRAME:
            return self.of(Name if kind is UnitKind.NAME else SocketInfo)
        try:
            decode_frame(data, *side, self.dialect.layout)
        except SeasError:
            return Undecoded
        return self.of(frame_struct(data[TYPE_OFFSET], *side))

    def message(self, data: bytes) -> Packet:
        """An encoded message; Raw if it does not open, or its parts do not lie in order."""
        try:
            check(data, self.dialect)
        except SeasError:
            return conf.raw_layer(data)
        return self.Message(data)

    def sip(self, data: bytes) -> Packet:
        """SIP text: Raw, or what ``conf.contribs["SEAS"]["sip"]`` makes of it."""
        made: Packet = (conf.contribs[CONF]["sip"] or conf.raw_layer)(data)
        return made


def layers(dialect: str | Dialect | None = None) -> Family:
    """The packets of a dialect: ``layers("openser-1.3.0").Reply``. None: of the one in conf.

    Raises: UnknownDialect.
    """
    chosen = conf.contribs[CONF]["dialect"] if dialect is None else dialect
    return _family(lookup(chosen) if isinstance(chosen, str) else chosen)


@cache
def _family(dialect: Dialect) -> Family:
    return Family(dialect)


@cache
def sides() -> dict[type[Structure], Side]:
    """Whose frame each is. Unknown actions are found on both sockets; most are on this one."""
    found: dict[type[Structure], Side] = {}
    for side, frames in FRAMES.items():
        found[frame_struct(_NO_TYPE, *side)] = side
        found.update(dict.fromkeys(frames.values(), side))
    return found


@cache
def structures() -> dict[str, type[Structure]]:
    """Every structure by its name."""
    roots = (Name, SocketInfo, *sides(), MessageInfo, IndexEntry, *BODIES.values())
    prefixes = (HeaderPrefix, ShortHeaderPrefix, BareHeaderPrefix)
    return {s.__name__: s for root in (*roots, *prefixes) for s in _with_inner(root)}


def _with_inner(struct: type[Structure]) -> Iterator[type[Structure]]:
    yield struct
    for f in struct.fields:
        if isinstance(f, Nested | ListOf):
            yield from _with_inner(f.struct)


def names() -> list[str]:
    """The packets that a dialect has."""
    return [*structures(), MESSAGE.capitalize()]
