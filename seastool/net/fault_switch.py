"""Faults switched on and off by their text, while an endpoint runs."""

from __future__ import annotations

from seastool.errors import LocalProtocolError
from seastool.seas.faults import FaultInjector, parse_fault


def switch_on(injector: FaultInjector, text: str) -> None:
    """Raises: FaultError."""
    injector.add(parse_fault(text))


def switch_off(injector: FaultInjector, text: str) -> None:
    """Switch off the faults of that name, or the one written just so.

    Raises: FaultError; LocalProtocolError if none is on.
    """
    wanted = parse_fault(text)
    bare = "=" not in text and text.strip() == wanted.name
    found = [f for f in injector.faults if f == wanted or (bare and f.name == wanted.name)]
    if not found:
        raise LocalProtocolError(f"fault {text} is not on")
    for fault in found:
        injector.remove(fault)
