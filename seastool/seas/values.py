"""Headers whose body is a value: CSeq, Content-Length, Content-Type, Accept, Expires, Allow
(docs/protocol.md: Header structures)."""

from seastool.wire import Base, Span, Structure, numbers, padding, span, structure, u8, u32


@structure()
class CSeq(Structure):
    """CSeq. The method is a code of the dialect, 0 for none."""

    method_code: int = u8(names="method")
    number: int = u32()
    number_text: Span = span(Base.HEADER, doc="the number as written")
    method: Span = span(Base.HEADER, doc="the method's name")
    padding: bytes = padding()


@structure()
class ContentLength(Structure):
    """Content-Length: a C long of the proxy's machine whose low half was put in network order."""

    size: int = u8(default=8, doc="sizeof(long): 8 or 4")
    value: int = u32(doc="bytes of body")
    padding: bytes = padding(doc="the other half of the long")


@structure()
class ContentType(Structure):
    """Content-Type: high 16 bits the type, low 16 the subtype."""

    mime: int = u32(names="mime")
    padding: bytes = padding()


@structure()
class Accept(Structure):
    """Accept: a mime code each."""

    mimes: list[int] = numbers("I", names="mime")
    padding: bytes = padding()


@structure()
class Expires(Structure):
    """Expires, in seconds."""

    value: int = u32(doc="seconds")
    text: Span = span(Base.HEADER, doc="the number as written")
    padding: bytes = padding()


@structure()
class Allow(Structure):
    """Allow: a mask of the proxy's method bits."""

    methods: int = u32(names="method_mask")
    padding: bytes = padding()
