"""The values of From and To in requests that an application makes."""

from __future__ import annotations

from seastool.app.tokens import checked_address
from seastool.errors import EncodeError
from seastool.sip.address_value import tag_of


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
