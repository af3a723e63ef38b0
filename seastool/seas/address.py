"""Address headers: From, To, Refer-To, Remote-Party-ID, Contact, Route and Record-Route
(docs/protocol.md: Address, Contacts, Routes)."""

from seastool.seas.uri import Uri
from seastool.wire import (
    Base,
    Bit,
    Span,
    Structure,
    nested,
    padding,
    pointers,
    size_of,
    sized_list,
    span,
    structure,
    u8,
)

DISPLAY_NAME = 0x01
TAG = 0x02
Q, EXPIRES, RECEIVED, METHODS = 0x02, 0x04, 0x08, 0x10
STAR = 0x01


@structure()
class Address(Structure):
    """From, To, Refer-To or Remote-Party-ID."""

    flags: int = u8(bits={"display_name": DISPLAY_NAME, "tag": TAG})
    uri_size: int = size_of("uri")
    display_name: Span | None = span(
        Base.HEADER, when=Bit("flags", DISPLAY_NAME), default=None, doc="without its quotes"
    )
    tag: Span | None = span(Base.HEADER, when=Bit("flags", TAG), default=None)
    uri: Uri = nested(Uri, "uri_size")
    parameter_list: bytes = pointers(Base.HEADER)


@structure()
class Contact(Structure):
    """One contact. The span of q, expires, received and methods starts at the parameter's name
    and is as long as the whole parameter."""

    flags: int = u8(
        bits={
            "display_name": DISPLAY_NAME,
            "q": Q,
            "expires": EXPIRES,
            "received": RECEIVED,
            "methods": METHODS,
        }
    )
    uri_size: int = size_of("uri")
    display_name: Span | None = span(Base.HEADER, when=Bit("flags", DISPLAY_NAME), default=None)
    q: Span | None = span(Base.HEADER, when=Bit("flags", Q), default=None)
    expires: Span | None = span(Base.HEADER, when=Bit("flags", EXPIRES), default=None)
    received: Span | None = span(Base.HEADER, when=Bit("flags", RECEIVED), default=None)
    methods: Span | None = span(Base.HEADER, when=Bit("flags", METHODS), default=None)
    uri: Uri = nested(Uri, "uri_size")
    parameter_list: bytes = pointers(Base.HEADER)


@structure()
class Contacts(Structure):
    """The contacts of one Contact header; none, and the flag, for `*`."""

    flags: int = u8(bits={"star": STAR})
    contacts: list[Contact] | None = sized_list(
        Contact, when=Bit("flags", STAR, negated=True), default=None
    )
    padding: bytes = padding()


@structure()
class Route(Structure):
    """One route."""

    flags: int = u8(bits={"display_name": DISPLAY_NAME})
    uri_size: int = size_of("uri")
    display_name: Span | None = span(Base.HEADER, when=Bit("flags", DISPLAY_NAME), default=None)
    uri: Uri = nested(Uri, "uri_size")
    parameter_list: bytes = pointers(Base.HEADER)


@structure()
class Routes(Structure):
    """The routes of one Route or Record-Route header."""

    flags: int = u8(default=0)
    routes: list[Route] = sized_list(Route)
    padding: bytes = padding()
