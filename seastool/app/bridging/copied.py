"""Which headers a back-to-back user agent takes over from one leg to the other."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from seastool.app.headers import canonical, is_writable
from seastool.app.message import AppMessage
from seastool.app.response import Response
from seastool.sip.address_value import uri_of

COPIED: Final = frozenset(
    {
        "accept",
        "accept-contact",
        "accept-encoding",
        "accept-language",
        "alert-info",
        "allow",
        "allow-events",
        "authentication-info",
        "authorization",
        "call-info",
        "content-disposition",
        "content-encoding",
        "content-language",
        "date",
        "diversion",
        "error-info",
        "event",
        "expires",
        "history-info",
        "in-reply-to",
        "info-package",
        "mime-version",
        "min-expires",
        "min-se",
        "organization",
        "p-asserted-identity",
        "p-preferred-identity",
        "priority",
        "privacy",
        "proxy-authenticate",
        "proxy-authorization",
        "rack",
        "reason",
        "recv-info",
        "refer-sub",
        "refer-to",
        "referred-by",
        "reject-contact",
        "remote-party-id",
        "request-disposition",
        "require",
        "retry-after",
        "rseq",
        "session-expires",
        "sip-etag",
        "sip-if-match",
        "subject",
        "subscription-state",
        "supported",
        "unsupported",
        "warning",
        "www-authenticate",
    }
)
"""Names of headers that go to the other leg; so does every header that begins with X-.

What names a dialog (Replaces, Join, Target-Dialog) does not: the other leg's is another.
"""


def copied_headers(message: AppMessage, names: Collection[str] = COPIED) -> list[tuple[str, str]]:
    """The headers of a message that go to the other leg, in order.

    Contact goes where it is no address of a leg: in REGISTER and in redirections.
    """
    wanted = set(names)
    if message.method == "REGISTER" or (isinstance(message, Response) and message.is_redirect):
        wanted.add("contact")
    if isinstance(message, Response) and message.message is None:
        return []
    return [field for field in message.headers.fields() if _is_copied(*field, wanted)]


def _is_copied(name: str, value: str, wanted: set[str]) -> bool:
    found = canonical(name)
    return (found in wanted or found.startswith("x-")) and is_writable(name, value)


def without_tag(value: str) -> str:
    """A From or To value without its parameters: name and URI."""
    if "<" in value:
        return value.rpartition(">")[0] + ">"
    return f"<{uri_of(value)}>"
