"""The structure of a URI (docs/protocol.md: Uri)."""

from seastool.errors import EncodeError
from seastool.seas import uri as wire
from seastool.seas.builder.pointers import uri_pointers
from seastool.seas.dialect import Dialect, Quirk
from seastool.sip.text import Span
from seastool.sip.uri import Uri, parse_uri
from seastool.wire import Span as WireSpan

_LONGEST = 255


def uri_record(text: bytes, where: Span, dialect: Dialect) -> wire.Uri:
    """The structure of the URI at `where`; its own start counts from the text's start.

    Raises: SipError if it does not parse, EncodeError if its length does not fit.
    """
    start, length = where
    uri = parse_uri(text, start, length, dialect.grammar)
    if length > _LONGEST:
        raise EncodeError(f"URI of {length} bytes, {_LONGEST} fit", path="uri")
    flags1, flags2 = _kind(uri, dialect), 0
    known: dict[str, WireSpan] = {}
    if uri.known:
        for name, (at, size) in uri.known.items():
            flags2 |= wire.KNOWN_PARAMETERS[name]
            known[name] = WireSpan(at - start, size)
    user, password, host = (_part(p, start) for p in (uri.user, uri.password, uri.host))
    port, parameters, headers = (_part(p, start) for p in (uri.port, uri.parameters, uri.headers))
    for flag, part in (
        (wire.USER, user),
        (wire.PASSWORD, password),
        (wire.HOST, host),
        (wire.PORT, port),
        (wire.PARAMETERS, parameters),
        (wire.HEADERS, headers),
    ):
        if part is not None:
            flags1 |= flag
    return wire.Uri(
        uri=WireSpan(start & 0xFF, length),
        flags1=flags1,
        flags2=flags2,
        user=user,
        password=password,
        host=host,
        port=port,
        parameters=parameters,
        headers=headers,
        end=(length + 1) & 0xFF,
        transport_param=known.get("transport"),
        ttl_param=known.get("ttl"),
        user_param=known.get("user"),
        method_param=known.get("method"),
        maddr_param=known.get("maddr"),
        lr_param=known.get("lr"),
        parameter_list=uri_pointers(text, start, uri.parameters),
    )


def _part(part: Span | None, start: int) -> int | None:
    """Where a part starts in its URI; None for an empty one, which has no flag."""
    return part[0] - start if part is not None and part[1] else None


def _kind(uri: Uri, dialect: Dialect) -> int:
    secure = wire.SECURE if uri.scheme in ("sips", "tels") else 0
    if uri.scheme == "urn":
        raise EncodeError("urn URIs have no structure", path="uri")
    is_tel = uri.scheme.startswith("tel")
    if uri.is_phone and Quirk.USER_PHONE_IS_TEL in dialect.quirks:
        is_tel = True
    return secure if is_tel else secure | wire.SIP
