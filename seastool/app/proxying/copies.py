"""What a proxy sends on: requests downstream, responses upstream (RFC 3261 16.6 and 16.7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from seastool.app.headers import Headers, canonical, is_writable
from seastool.app.response import Response
from seastool.errors import SeasError

if TYPE_CHECKING:
    from seastool.app.proxying.routes import Routing
    from seastool.app.request import Request

Fields = list[tuple[str, str]]
_NOT_PASSED: Final = frozenset(
    {"via", "from", "to", "call-id", "cseq", "content-length", "content-type"}
)
_NEEDED: Final = frozenset(
    {
        "accept",
        "contact",
        "event",
        "expires",
        "min-expires",
        "min-se",
        "proxy-authenticate",
        "record-route",
        "require",
        "retry-after",
        "rseq",
        "session-expires",
        "sip-etag",
        "subscription-state",
        "unsupported",
        "www-authenticate",
    }
)
_RACK_PARTS: Final = 3


def copy_of(
    request: Request, routing: Routing, *, shift: int = 0, record_route: str = ""
) -> Request:
    """The request as it goes on. shift: what its CSeq is raised by.

    Raises: SeasError if it cannot be sent on.
    """
    copy = request.container.maker.copy(request, routing.uri, None)
    headers = copy.headers
    assert isinstance(headers, Headers)
    if shift:
        headers["CSeq"] = f"{request.cseq + shift} {request.method}"
        if acknowledged := request.header("RAck"):
            headers["RAck"] = _shifted(acknowledged, shift)
    if record_route:
        before = headers.get_all("Record-Route")
        del headers["Record-Route"]
        for value in (record_route, *before):
            headers.add("Record-Route", value)
    if routing.routes:  # in one header: the proxy takes the first for the whole route set
        headers.add("Route", ", ".join(routing.routes))
    return copy


def shift_of(request: Request, copy: Request) -> int:
    """What the CSeq of a copy was raised by: real proxies cannot send a CSeq of 1."""
    return copy.cseq - request.cseq


def send_ack(ack: Request, routing: Routing, shift: int) -> None:
    """Send the ACK of a 2xx on. Raises: SeasError."""
    copy_of(ack, routing, shift=shift).send()


def _shifted(value: str, shift: int) -> str:
    """A RAck value, whose second number is the CSeq of the INVITE."""
    parts = value.split()
    if len(parts) != _RACK_PARTS or not parts[1].isdecimal():
        return value
    return f"{parts[0]} {int(parts[1]) + shift} {parts[2]}"


def fields_of(response: Response) -> Fields:
    """The headers of a response that go upstream; those that cannot be written are left out."""
    if response.message is None:
        return []
    return [
        (name, value)
        for name, value in response.headers.fields()
        if canonical(name) not in _NOT_PASSED and is_writable(name, value)
    ]


def send_upstream(
    request: Request, response: Response, fields: Fields, *, status: int, reason: str | None
) -> Response | None:
    """Answer a request with what a branch said; what was sent, None if it could not be.

    Where it is too long for the proxy, only the headers that a client needs go with it.
    """
    message = response.message
    tag = (message.to_tag if message is not None else None) or request.local_tag
    if request.is_initial:
        request.local_tag = tag  # also of what is answered here, such as the 487 to a CANCEL
    problem: SeasError | None = None
    for chosen in (fields, [field for field in fields if canonical(field[0]) in _NEEDED]):
        try:
            made = request.create_response(
                status,
                reason,
                body=response.body,
                content_type=response.content_type if response.body else None,
                headers=chosen,
                to_tag=tag,
            )
            made.send()
        except SeasError as error:
            problem = error
        else:
            return made
    request.container.notes.once(
        "response not passed on", f"a {status} to {request.method} was not passed on: {problem}"
    )
    return None


def same_headers(responses: Iterable[Response], names: Iterable[str]) -> Fields:
    """All headers of those names in several responses."""
    return [
        (name, value)
        for response in responses
        for name in names
        for value in response.headers.get_all(name)
    ]
