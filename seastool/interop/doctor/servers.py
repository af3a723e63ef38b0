"""One message held against every known server."""

from __future__ import annotations

from typing import NamedTuple

from seastool.interop.doctor.prediction import Prediction, predict
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup, names
from seastool.seas.ranges import describe


class Verdict(NamedTuple):
    """What some servers have in common: all take a message, or refuse it for the same cause.

    servers: their names as ranges, such as ``kamailio-3.1 to 5.3.8, 5.4 to 5.4.6``.
    prediction: that of the newest of them. ranges: how many version ranges.
    """

    servers: str
    prediction: Prediction
    ranges: int


def predict_all(sip: bytes, *, stateless: bool = False) -> list[Verdict]:
    """What each known server does with a message: those that take it first."""
    groups: dict[tuple[bool, str], list[tuple[Dialect, Prediction]]] = {}
    for name in names():
        dialect = lookup(name)
        found = predict(sip, dialect, stateless=stateless)
        refused = "" if found.is_taken or not found.reasons else found.reasons[0].cause.id
        groups.setdefault((found.is_taken, refused), []).append((dialect, found))
    ordered = sorted(groups.items(), key=lambda item: (not item[0][0], -len(item[1])))
    return [
        Verdict(describe([dialect for dialect, _ in group]), group[-1][1], len(group))
        for _, group in ordered
    ]
