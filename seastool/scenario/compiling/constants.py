"""Values that must be known before a call runs: durations, counts, addresses; templates allowed."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import TypeVar

from seastool.scenario.errors import BadText, shown, suggestion
from seastool.scenario.reading.document import Path
from seastool.scenario.reading.model import ReceiveModel
from seastool.scenario.reading.report import Report
from seastool.scenario.texts.scope import Scope
from seastool.scenario.texts.template import compile_template
from seastool.seas.builder import Receive
from seastool.seas.dialect import Dialect

T = TypeVar("T")

_ENDPOINT = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]*)):([0-9]{1,5})")
MAX_COUNT = 1_000_000_000


def constant_text(text: str, scope: Scope) -> str:
    """A text whose variables no step sets. Raises: BadText."""
    template = compile_template(text, scope)
    if template.constant is None:
        at = max(0, text.find("{{"))
        raise BadText("this is wanted before a call runs: name variables that no step sets", at)
    return template.constant


def parsed(text: str, parse: Callable[[str], T], scope: Scope) -> T:
    """A constant text, parsed. Raises: BadText."""
    constant = constant_text(text, scope)
    try:
        return parse(constant)
    except BadText as error:
        raise BadText(str(error), error.offset if constant == text else 0) from None


def parse_count(text: str) -> int:
    """A number from 0 on. Raises: BadText."""
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > MAX_COUNT:
        raise BadText(f"{shown(text)} is no number from 0 to {MAX_COUNT:,}")
    return int(text)


def count_of(value: int | str, scope: Scope) -> int:
    """A number of the file, or what a template makes of one. Raises: BadText."""
    return parsed(str(value), parse_count, scope)


def parse_endpoint(text: str) -> tuple[bytes, int]:
    """``host:port`` with an address: raw address and port. Raises: BadText."""
    found = _ENDPOINT.fullmatch(text)
    try:
        if found and int(found[3]) < 1 << 16:
            return ip_address(found[1] or found[2] or "127.0.0.1").packed, int(found[3])
    except ValueError:
        pass
    raise BadText(f"{shown(text)} is no address and port, such as 10.0.0.9:5060 or [::1]:5060")


def compile_receive(
    model: ReceiveModel | None, path: Path, scope: Scope, report: Report, dialect: Dialect
) -> Receive | None:
    """Receive information; None where nothing is said."""
    if model is None:
        return None
    made = Receive()
    if model.transport is not None:
        with report.within([*path, "transport"]):
            made = made._replace(
                protocol=_transport(constant_text(model.transport, scope), dialect)
            )
    if model.source is not None:
        with report.within([*path, "source"]):
            address, port = parsed(model.source, parse_endpoint, scope)
            made = made._replace(source_address=address, source_port=port)
    if model.destination is not None:
        with report.within([*path, "destination"]):
            address, port = parsed(model.destination, parse_endpoint, scope)
            made = made._replace(destination_address=address, destination_port=port)
    return made


def _transport(text: str, dialect: Dialect) -> int:
    number = dialect.transports.get(text.upper())
    if number is None:
        known = [name.lower() for name in dialect.transports]
        raise BadText(f"unknown transport {shown(text)}{suggestion(text, known)}")
    return number
