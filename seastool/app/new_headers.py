"""The headers and body of a message in the making."""

from __future__ import annotations

from typing import Final

from seastool.app.headers import HeaderInput, Headers, canonical
from seastool.app.tokens import octets
from seastool.errors import EncodeError

_WRITTEN_HERE: Final = frozenset({"via", "from", "to", "call-id", "cseq", "content-length"})
_SDP_START: Final = b"v=0"


def body_of(body: bytes | str | None) -> bytes:
    """The body as bytes; text becomes UTF-8. Raises: EncodeError."""
    if body is None:
        return b""
    return octets(body, "body") if isinstance(body, str) else bytes(body)


def content_type_of(body: bytes) -> str:
    """What a body is taken for if nobody says: a session description, or text."""
    return "application/sdp" if body.startswith(_SDP_START) else "text/plain"


def new_headers(headers: HeaderInput, body: bytes, content_type: str | None) -> Headers:
    """The headers that an application gives, with the Content-Type of the body.

    Raises: EncodeError for text that cannot be written, or a header that the container writes.
    """
    made = Headers(headers)
    for name, value in made.fields():
        if canonical(name) in _WRITTEN_HERE:
            raise EncodeError("the container writes it itself", path=f"header {name}", value=value)
    if content_type is not None:
        made["Content-Type"] = content_type
    elif body and "Content-Type" not in made:
        made.add("Content-Type", content_type_of(body))
    return made
