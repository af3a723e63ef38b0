"""The structures of addresses, contacts and routes
(docs/protocol.md: Address, Contacts, Routes)."""

from seastool.errors import EncodeError
from seastool.seas import address as wire
from seastool.seas.builder.pointers import parameter_pointers, turned_pointers
from seastool.seas.builder.uri import uri_record
from seastool.seas.dialect import Dialect, Quirk
from seastool.sip.address import Address
from seastool.sip.contact import Contact
from seastool.sip.parameters import ParameterList
from seastool.sip.route import Route
from seastool.sip.text import QUOTE, Span
from seastool.wire import Span as WireSpan

# The module gathers the contacts or routes of a header in a buffer of this size, unchecked.
_LIST_BUFFER = 500
_HOOKS = {
    "q": wire.Q,
    "expires": wire.EXPIRES,
    "received": wire.RECEIVED,
    "methods": wire.METHODS,
}


def wrapped(where: Span) -> WireSpan:
    """A span cut to one byte each, as the module does without a word."""
    return WireSpan(where[0] & 0xFF, where[1] & 0xFF)


def address_record(text: bytes, address: Address, dialect: Dialect) -> wire.Address:
    """The structure of To, From, Refer-To or Remote-Party-ID. Raises: SipError, EncodeError."""
    flags = 0
    name = address.display
    if name:
        flags |= wire.DISPLAY_NAME
        keeps_quotes = Quirk.DISPLAY_NAME_KEEPS_QUOTES in dialect.quirks
        if text[name[0]] == QUOTE and not keeps_quotes:
            name = (name[0] + 1, name[1] - 2)
    tag = address.tag if address.tag and address.tag[1] else None
    if tag:
        flags |= wire.TAG
    return wire.Address(
        flags=flags,
        uri_size=0,
        display_name=wrapped(name) if name else None,
        tag=wrapped(tag) if tag else None,
        uri=uri_record(text, address.uri, dialect),
        parameter_list=parameter_pointers(text, address.parameters, dialect),
    )


def contacts_record(text: bytes, contacts: list[Contact] | None, dialect: Dialect) -> wire.Contacts:
    """The structure of Contact; None stands for ``*``. Raises: SipError, EncodeError."""
    if contacts is None:
        return wire.Contacts(flags=wire.STAR, padding=b"")
    if dialect.grammar.contacts_last_first:
        contacts = contacts[::-1]
    records = [_contact(text, contact, dialect) for contact in contacts]
    _bound(records, "contacts")
    return wire.Contacts(flags=0, contacts=records, padding=b"")


def _contact(text: bytes, contact: Contact, dialect: Dialect) -> wire.Contact:
    flags = wire.DISPLAY_NAME if contact.name[1] else 0
    for name in contact.known:
        flags |= _HOOKS[name]
    known = {name: wrapped(span) for name, span in contact.known.items()}
    return wire.Contact(
        flags=flags,
        uri_size=0,
        display_name=wrapped(contact.name) if contact.name[1] else None,
        q=known.get("q"),
        expires=known.get("expires"),
        received=known.get("received"),
        methods=known.get("methods"),
        uri=uri_record(text, contact.uri, dialect),
        parameter_list=_turned(text, contact.parameters, dialect),
    )


def routes_record(text: bytes, routes: list[Route], dialect: Dialect) -> wire.Routes:
    """The structure of Route or Record-Route. Raises: SipError, EncodeError."""
    records = [_route(text, route, dialect) for route in routes]
    _bound(records, "routes")
    return wire.Routes(routes=records, padding=b"")


def _route(text: bytes, route: Route, dialect: Dialect) -> wire.Route:
    has_name = bool(route.name[1])
    return wire.Route(
        flags=wire.DISPLAY_NAME if has_name else 0,
        uri_size=0,
        display_name=wrapped(route.name) if has_name else None,
        uri=uri_record(text, route.uri, dialect),
        parameter_list=_turned(text, route.parameters, dialect),
    )


def _turned(text: bytes, found: ParameterList | None, dialect: Dialect) -> bytes:
    return turned_pointers(text, found.parameters, dialect) if found else b""


def _bound(records: list[wire.Contact] | list[wire.Route], path: str) -> None:
    size = sum(len(record.encode()) for record in records)
    if size > _LIST_BUFFER:
        raise EncodeError(
            f"{size} bytes of structures overrun the server's buffer of {_LIST_BUFFER}", path=path
        )
