"""The URI structure (docs/protocol.md: Uri)."""

from seastool.wire import Base, Bit, Span, Structure, end, part, pointers, span, structure, u8

SIP, SECURE, USER, PASSWORD = 0x01, 0x02, 0x04, 0x08
HOST, PORT, PARAMETERS, HEADERS = 0x10, 0x20, 0x40, 0x80

PARTS = {
    "sip": SIP,
    "secure": SECURE,
    "user": USER,
    "password": PASSWORD,
    "host": HOST,
    "port": PORT,
    "parameters": PARAMETERS,
    "headers": HEADERS,
}
KNOWN_PARAMETERS = {
    "transport": 0x01,
    "ttl": 0x02,
    "user": 0x04,
    "method": 0x08,
    "maddr": 0x10,
    "lr": 0x20,
}


def _known(name: str) -> Bit:
    return Bit("flags2", KNOWN_PARAMETERS[name])


@structure()
class Uri(Structure):
    """A sip, sips, tel or tels URI. Starts count from the URI itself; its own from the header, of a
    request URI from the SIP text. The span of a known parameter is its whole `name=value`."""

    uri: Span = span(Base.HEADER, opens=Base.URI, doc="the URI itself")
    flags1: int = u8(bits=PARTS)
    flags2: int = u8(bits=KNOWN_PARAMETERS)
    user: int | None = part(Base.URI, when=Bit("flags1", USER), default=None)
    password: int | None = part(Base.URI, when=Bit("flags1", PASSWORD), default=None)
    host: int | None = part(Base.URI, when=Bit("flags1", HOST), default=None)
    port: int | None = part(Base.URI, when=Bit("flags1", PORT), default=None)
    parameters: int | None = part(Base.URI, when=Bit("flags1", PARAMETERS), default=None)
    headers: int | None = part(Base.URI, when=Bit("flags1", HEADERS), default=None)
    end: int = end(Base.URI, doc="length of the URI + 1")
    transport_param: Span | None = span(Base.URI, when=_known("transport"), default=None)
    ttl_param: Span | None = span(Base.URI, when=_known("ttl"), default=None)
    user_param: Span | None = span(Base.URI, when=_known("user"), default=None)
    method_param: Span | None = span(Base.URI, when=_known("method"), default=None)
    maddr_param: Span | None = span(Base.URI, when=_known("maddr"), default=None)
    lr_param: Span | None = span(Base.URI, when=_known("lr"), default=None)
    parameter_list: bytes = pointers(Base.URI)
