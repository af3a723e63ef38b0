"""The Via header (docs/protocol.md: Vias)."""

from seastool.wire import (
    Base,
    Bit,
    Span,
    Structure,
    end,
    padding,
    part,
    pointers,
    sized_list,
    span,
    structure,
    u8,
)

PARAMS, BRANCH, RECEIVED, RPORT, I, ALIAS, PORT = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40  # noqa: E741


@structure()
class Via(Structure):
    """One Via. Spans of parameters are those of their values; one without a value has no flag."""

    flags: int = u8(
        bits={
            "params": PARAMS,
            "branch": BRANCH,
            "received": RECEIVED,
            "rport": RPORT,
            "i": I,
            "alias": ALIAS,
            "port": PORT,
        }
    )
    protocol: int = part(Base.HEADER)
    version: int = part(Base.HEADER)
    transport: int = part(Base.HEADER)
    transport_end: int = end(Base.HEADER, doc="end of the transport + 1")
    host: int = part(Base.HEADER)
    port: int | None = part(Base.HEADER, when=Bit("flags", PORT), default=None)
    end: int = end(Base.HEADER, doc="end of the host or port + 1")
    params: Span | None = span(
        Base.HEADER, when=Bit("flags", PARAMS), default=None, doc="all parameters"
    )
    branch: Span | None = span(Base.HEADER, when=Bit("flags", BRANCH), default=None)
    received: Span | None = span(Base.HEADER, when=Bit("flags", RECEIVED), default=None)
    rport: Span | None = span(Base.HEADER, when=Bit("flags", RPORT), default=None)
    i: Span | None = span(Base.HEADER, when=Bit("flags", I), default=None)
    alias: Span | None = span(Base.HEADER, when=Bit("flags", ALIAS), default=None)
    parameter_list: bytes = pointers(Base.HEADER)


@structure()
class Vias(Structure):
    """The Vias of one header."""

    flags: int = u8(default=0)
    vias: list[Via] = sized_list(Via)
    padding: bytes = padding()
