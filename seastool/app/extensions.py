"""Extensions that a request insists on (RFC 3261 sections 8.2.2.3 and 16.3): there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from seastool.app.request import Request

_LONGEST: Final = 500  # of the names given back; a reply takes only so many bytes of headers


def refuse_extensions(request: Request, header: str) -> bool:
    """Answer 420 with the names in Unsupported, if the header (Require, Proxy-Require) has any."""
    required = request.headers.get_all(header)
    if not required:
        return False
    unsupported = ", ".join(required)[:_LONGEST]
    request.create_response(420, headers=[("Unsupported", unsupported)]).send()
    return True
