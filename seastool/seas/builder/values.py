"""The structures of digest credentials and of headers that are one value
(docs/protocol.md: Header structures, Digest)."""

from seastool.seas import digest as digest_wire
from seastool.seas import values as wire
from seastool.seas.builder.addresses import wrapped
from seastool.seas.builder.uri import uri_record
from seastool.seas.dialect import Dialect
from seastool.sip.mime import MimeType
from seastool.sip.text import Span
from seastool.sip.values import CSeq, Expires
from seastool.wire import Span as WireSpan

_FLAGS1 = {
    "username": digest_wire.USERNAME,
    "realm": digest_wire.REALM,
    "nonce": digest_wire.NONCE,
    "response": digest_wire.RESPONSE,
    "algorithm": digest_wire.ALGORITHM,
    "cnonce": digest_wire.CNONCE,
    "opaque": digest_wire.OPAQUE,
}
_FLAGS2 = {"qop": digest_wire.QOP, "nc": digest_wire.NC}


def digest_record(text: bytes, found: dict[str, Span], dialect: Dialect) -> digest_wire.Digest:
    """The structure of Authorization or Proxy-Authorization. Raises: SipError, EncodeError."""
    flags1 = flags2 = 0
    spans: dict[str, WireSpan] = {}
    for name, span in found.items():
        if span[1] and name != "uri":
            flags1 |= _FLAGS1.get(name, 0)
            flags2 |= _FLAGS2.get(name, 0)
            spans[name] = wrapped(span)
    uri = None
    if "uri" in found and found["uri"][1]:
        flags1 |= digest_wire.URI
        uri = uri_record(text, found["uri"], dialect)
    return digest_wire.Digest(
        flags1=flags1,
        flags2=flags2,
        username=spans.get("username"),
        realm=spans.get("realm"),
        nonce=spans.get("nonce"),
        uri=uri,
        response=spans.get("response"),
        algorithm=spans.get("algorithm"),
        cnonce=spans.get("cnonce"),
        opaque=spans.get("opaque"),
        qop=spans.get("qop"),
        nc=spans.get("nc"),
        padding=b"",
    )


def cseq_record(found: CSeq, dialect: Dialect) -> wire.CSeq:
    """The structure of CSeq."""
    return wire.CSeq(
        method_code=dialect.methods[found.method],
        number=found.number,
        number_text=wrapped(found.number_text),
        method=wrapped(found.method_text),
        padding=b"",
    )


def content_length_record(value: int, dialect: Dialect) -> wire.ContentLength:
    """The structure of Content-Length: a long, its low half in network order."""
    size = dialect.long_size
    return wire.ContentLength(size=size, value=value, padding=bytes(size - 4))


def mime_code(mime: MimeType, dialect: Dialect) -> int:
    """The number of a mime type in the dialect's tables."""
    return dialect.mime_types[mime.type] << 16 | dialect.mime_subtypes[mime.subtype]


def expires_record(found: Expires) -> wire.Expires:
    """The structure of Expires."""
    return wire.Expires(value=found.value, text=wrapped(found.text), padding=b"")


def allow_record(methods: list[str], dialect: Dialect) -> wire.Allow:
    """The structure of Allow: the bits of the proxy's method mask."""
    mask = 0
    for method in methods:
        mask |= 1 << (dialect.methods[method] - 1)
    return wire.Allow(methods=mask, padding=b"")
