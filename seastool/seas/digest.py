"""Authorization and Proxy-Authorization (docs/protocol.md: Digest)."""

from seastool.seas.uri import Uri
from seastool.wire import Base, Bit, Span, Structure, padding, sized, span, structure, u8

USERNAME, REALM, NONCE, URI = 0x01, 0x02, 0x04, 0x08
RESPONSE, ALGORITHM, CNONCE, OPAQUE = 0x10, 0x20, 0x40, 0x80
QOP, NC = 0x01, 0x02


@structure()
class Digest(Structure):
    """Digest credentials; spans leave the quotes out."""

    flags1: int = u8(
        bits={
            "username": USERNAME,
            "realm": REALM,
            "nonce": NONCE,
            "uri": URI,
            "response": RESPONSE,
            "algorithm": ALGORITHM,
            "cnonce": CNONCE,
            "opaque": OPAQUE,
        }
    )
    flags2: int = u8(bits={"qop": QOP, "nc": NC})
    username: Span | None = span(Base.HEADER, when=Bit("flags1", USERNAME), default=None)
    realm: Span | None = span(Base.HEADER, when=Bit("flags1", REALM), default=None)
    nonce: Span | None = span(Base.HEADER, when=Bit("flags1", NONCE), default=None)
    uri: Uri | None = sized(Uri, when=Bit("flags1", URI), default=None)
    response: Span | None = span(Base.HEADER, when=Bit("flags1", RESPONSE), default=None)
    algorithm: Span | None = span(Base.HEADER, when=Bit("flags1", ALGORITHM), default=None)
    cnonce: Span | None = span(Base.HEADER, when=Bit("flags1", CNONCE), default=None)
    opaque: Span | None = span(Base.HEADER, when=Bit("flags1", OPAQUE), default=None)
    qop: Span | None = span(Base.HEADER, when=Bit("flags2", QOP), default=None)
    nc: Span | None = span(Base.HEADER, when=Bit("flags2", NC), default=None)
    padding: bytes = padding()
