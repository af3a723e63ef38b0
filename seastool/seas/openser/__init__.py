"""The proxy's transactions: what a real proxy does with requests, responses and actions."""

from seastool.seas.openser.behaviour import Behaviour
from seastool.seas.openser.behaviours import behave_like, usable
from seastool.seas.openser.bindings import Bindings
from seastool.seas.openser.faults import FAULTS, Fault, parse_faults
from seastool.seas.openser.identifiers import DrawnIdentifiers, Identifiers
from seastool.seas.openser.outcomes import (
    Absorbed,
    Acknowledged,
    Bound,
    Cancelled,
    ConnectionClosed,
    Event,
    Failed,
    Mistake,
    Outcome,
    Ponged,
    Refused,
    Replied,
    Requested,
    ServerDies,
    Stateless,
    Unbound,
    Withheld,
)
from seastool.seas.openser.rules import RULES, MistakeRule
from seastool.seas.openser.settings import Settings
from seastool.seas.openser.transactions import Transactions

__all__ = [
    "FAULTS",
    "RULES",
    "Absorbed",
    "Acknowledged",
    "Behaviour",
    "Bindings",
    "Bound",
    "Cancelled",
    "ConnectionClosed",
    "DrawnIdentifiers",
    "Event",
    "Failed",
    "Fault",
    "Identifiers",
    "Mistake",
    "MistakeRule",
    "Outcome",
    "Ponged",
    "Refused",
    "Replied",
    "Requested",
    "ServerDies",
    "Settings",
    "Stateless",
    "Transactions",
    "Unbound",
    "Withheld",
    "behave_like",
    "parse_faults",
    "usable",
]
