"""Parts of header values that hold addresses: their URI, their tag, the routes of a list."""

import re
from typing import Final

from seastool.app.tokens import checked_address
from seastool.errors import EncodeError

_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_BRACKETS: Final = re.compile(r"<([^<>]*)>")
_ROUTES: Final = re.compile(r'(?:"(?:[^"\\]|\\.)*"|<[^<>]*>|[^,"<])+')
_TAG: Final = re.compile(r";\s*tag\s*=\s*([^;,\s]+)", re.IGNORECASE)


def uri_of(value: str) -> str:
    """The URI of a From, To, Contact or route value; the first of several."""
    if '"' in value:
        value = _QUOTED.sub("", value)
    found = _BRACKETS.search(value)
    return found[1] if found else value.partition(";")[0].partition(",")[0].strip()


def tag_of(value: str) -> str:
    """The tag of a From or To value; empty if it has none."""
    found = _TAG.search(_QUOTED.sub("", value).rpartition(">")[2])
    return found[1] if found else ""


def with_tag(value: str, tag: str) -> str:
    """A From or To value with that tag, unless it has one."""
    return value if tag_of(value) else f"{value};tag={tag}"


def routes_of(values: list[str]) -> tuple[str, ...]:
    """The single routes of Record-Route or Route values, in order."""
    found = (route.strip() for value in values for route in _ROUTES.findall(value))
    return tuple(route for route in found if route)


def from_value(value: str, tag: str) -> tuple[str, str]:
    """A From value for a new request, and its tag: its own if it has one, else the one given.

    Raises: EncodeError.
    """
    address = checked_address("From", value)
    own = tag_of(address)
    return (address, own) if own else (f"{address};tag={tag}", tag)


def to_value(value: str) -> str:
    """A To value for a new request. Raises: EncodeError if it has a tag."""
    address = checked_address("To", value)
    if tag_of(address):
        raise EncodeError(
            "has a tag: a request inside a dialog is made with session.create_request()",
            path="To",
            value=value,
        )
    return address
