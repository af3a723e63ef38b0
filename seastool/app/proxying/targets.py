"""Where a proxied request goes: groups of URIs, those of one tried at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

from seastool.app.tokens import checked_uri
from seastool.errors import EncodeError, LocalProtocolError
from seastool.sip.address_value import routes_of, uri_of

if TYPE_CHECKING:
    from seastool.app.response import Response

Target = str | Sequence[str]
"""A URI, or URIs that are tried at once."""

MOST_BRANCHES: Final = 32


def groups_of(targets: Sequence[Target], *, parallel: bool) -> list[list[str]]:
    """The groups in the order in which they are tried; a single one if `parallel`.

    Raises: EncodeError for what is no URI; LocalProtocolError for none or too many.
    """
    groups = [[uri] if isinstance(uri, str) else list(uri) for uri in targets]
    uris = [checked_uri(uri) for group in groups for uri in group]
    if not uris:
        raise LocalProtocolError("no place to proxy to is given")
    if len(uris) > MOST_BRANCHES:
        raise LocalProtocolError(f"{len(uris)} places to proxy to: {MOST_BRANCHES} are the most")
    return [uris] if parallel else [group for group in groups if group]


def redirected(response: Response, tried: Collection[str]) -> list[str]:
    """The SIP URIs that a redirection names, but those that were tried."""
    found: list[str] = []
    for contact in routes_of(response.headers.get_all("Contact")):
        uri = uri_of(contact)
        if uri not in tried and uri not in found and _is_sip_uri(uri):
            found.append(uri)
    return found


def _is_sip_uri(uri: str) -> bool:
    try:
        return checked_uri(uri).lower().startswith(("sip:", "sips:"))
    except EncodeError:
        return False
