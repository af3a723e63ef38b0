"""Which records are wanted: the options of choice, each as a test, cheap ones first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from seastool.capture.decoded import Decoded
from seastool.capture.losses import Statistics
from seastool.capture.records import CapturedFrame, CapturedSip
from seastool.cli.decoding.entry import facts_for, type_of
from seastool.cli.decoding.filter_values import FieldValues
from seastool.cli.decoding.wishes import Wishes
from seastool.cli.exits import UsageFault
from seastool.render.filters import FilterError, compile_filter
from seastool.render.filters.frame_fields import FRAME_FIELDS
from seastool.render.times import SECOND
from seastool.seas.types import Direction, Socket

Keep = Callable[[Decoded], bool]

_STATUS = re.compile(r"[1-6](?:[xX]{2}|[0-9]{2})\Z")
_TRANSACTION = re.compile(r"([0-9]+):([0-9]+)\Z")
_SIP_TYPES = ("SIP udp", "SIP tcp")
_WAYS = {
    "to-as": Direction.TO_AS,
    "openser->as": Direction.TO_AS,
    "to-openser": Direction.TO_OPENSER,
    "as->openser": Direction.TO_OPENSER,
}


def selection(wishes: Wishes, statistics: Statistics) -> Keep | None:
    """One test for all that was asked, None if nothing was. Raises: UsageFault."""
    tests = list(_tests(wishes, statistics))
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda decoded: all(test(decoded) for test in tests)


def _tests(wishes: Wishes, statistics: Statistics) -> Iterable[Keep]:
    if wishes.frame:
        yield lambda decoded: decoded.captured.packet == wishes.frame
    if wishes.after or wishes.before:
        yield _within(wishes, statistics)
    if wishes.socket and not wishes.hex:
        yield _on_socket(wishes.socket)
    if wishes.direction and not wishes.hex:
        yield _in_direction(wishes.direction)
    if wishes.types:
        yield _of_type(wishes.types)
    if wishes.as_names:
        yield _of_as(wishes.as_names)
    if wishes.transactions:
        yield _of_transaction(wishes.transactions)
    if wishes.call_ids:
        calls = frozenset(wishes.call_ids)
        yield lambda decoded: facts_for(decoded).call_id in calls
    if wishes.methods:
        methods = frozenset(name.upper() for name in wishes.methods)
        yield lambda decoded: facts_for(decoded).method.upper() in methods
    if wishes.statuses:
        yield _of_status(wishes.statuses)
    if wishes.filter:
        yield _by_expression(wishes.filter, statistics)


def parse_socket(name: str) -> Socket:
    """Raises: UsageFault."""
    try:
        return Socket(name.lower())
    except ValueError:
        raise UsageFault(f"--socket {name}: there are {', '.join(Socket)}") from None


def parse_direction(name: str) -> Direction:
    """Raises: UsageFault."""
    way = _WAYS.get(name.lower())
    if way is None:
        raise UsageFault(f"--direction {name}: there are to-as and to-openser")
    return way


def _on_socket(name: str) -> Keep:
    wanted = parse_socket(name)
    return lambda decoded: getattr(decoded.captured, "socket", None) is wanted


def _in_direction(name: str) -> Keep:
    wanted = parse_direction(name)
    return lambda decoded: getattr(decoded.captured, "direction", None) is wanted


def _of_type(names: list[str]) -> Keep:
    words = next(field.words for field in FRAME_FIELDS if field.name == "type")
    known = {_folded(word): word for word in (*words, *_SIP_TYPES)}
    for name in names:
        if _folded(name) not in known and not _folded(name).startswith("type "):
            raise UsageFault(f"--type {name}: there are {', '.join(words)}")
    wanted = {known.get(_folded(name), _folded(name)) for name in names}
    return lambda decoded: decoded.type_name in wanted or type_of(decoded) in wanted


def _folded(type_name: str) -> str:
    return type_name.lower().replace("_", " ").replace("-", " ")


def _of_as(names: list[str]) -> Keep:
    wanted = frozenset(names)

    def keep(decoded: Decoded) -> bool:
        captured = decoded.captured
        return isinstance(captured, CapturedFrame) and captured.as_name in wanted

    return keep


def _of_transaction(texts: list[str]) -> Keep:
    wanted = set()
    for text in texts:
        found = _TRANSACTION.match(text)
        if not found:
            raise UsageFault(f"--transaction {text}: it is HASH:LABEL, such as 42133:1282632720")
        wanted.add((int(found[1]), int(found[2])))

    def keep(decoded: Decoded) -> bool:
        if isinstance(decoded.captured, CapturedSip):
            return False
        facts = facts_for(decoded)
        return (facts.hash_index, facts.label) in wanted

    return keep


def _of_status(texts: list[str]) -> Keep:
    for text in texts:
        if not _STATUS.match(text):
            raise UsageFault(f"--status {text}: it is a code such as 404, or a class such as 4xx")
    wanted = tuple(text.lower().removesuffix("xx") for text in texts)

    def keep(decoded: Decoded) -> bool:
        status = facts_for(decoded).status
        return bool(status) and str(status).startswith(wanted)

    return keep


def _within(wishes: Wishes, statistics: Statistics) -> Keep:
    """Times are inclusive, relative ones in seconds from the capture's first packet."""
    after, before = _moment("--after", wishes.after), _moment("--before", wishes.before)

    def keep(decoded: Decoded) -> bool:
        at = decoded.captured.time_ns
        since = at - statistics.start_ns
        return not (
            (after is not None and (since if after[1] else at) < after[0])
            or (before is not None and (since if before[1] else at) > before[0])
        )

    return keep


def _moment(option: str, text: str) -> tuple[int, bool] | None:
    """Nanoseconds, and whether from the start of the capture or since 1970."""
    if not text:
        return None
    try:
        return round(float(text) * SECOND), True
    except (ValueError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        told = "seconds since the start such as 2.5, or ISO such as 2026-11-22T22:32:17Z"
        raise UsageFault(f"{option} {text}: it is {told}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return ((since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds) * 1000, False


def _by_expression(expression: str, statistics: Statistics) -> Keep:
    try:
        predicate = compile_filter(expression, FRAME_FIELDS)
    except FilterError as error:
        raise UsageFault(f"--filter: {error}\n{error.pointed()}") from None
    before = [0]

    def keep(decoded: Decoded) -> bool:
        values = FieldValues(decoded, statistics.start_ns, before[0])
        before[0] = decoded.captured.time_ns
        return predicate(values)

    return keep
