"""Phones, proxy and application server in one picture: the model, and what draws it."""

from seastool.ladder.collector import Collector, Limits, build_ladder
from seastool.ladder.model import (
    Arrow,
    Call,
    Endpoint,
    Kind,
    Ladder,
    Lifeline,
    Mark,
    Role,
    Severity,
)

__all__ = [
    "Arrow",
    "Call",
    "Collector",
    "Endpoint",
    "Kind",
    "Ladder",
    "Lifeline",
    "Limits",
    "Mark",
    "Role",
    "Severity",
    "build_ladder",
]
