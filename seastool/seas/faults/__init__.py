"""Faults on what one side writes, by name: see docs/faults.md."""

from seastool.seas.faults.errors import FaultError
from seastool.seas.faults.fault import Fault, parse_fault
from seastool.seas.faults.injector import FaultInjector
from seastool.seas.faults.outgoing import Ending, Random, Step
from seastool.seas.faults.registry import FAULTS, ActsOn, FaultKind

__all__ = [
    "FAULTS",
    "ActsOn",
    "Ending",
    "Fault",
    "FaultError",
    "FaultInjector",
    "FaultKind",
    "Random",
    "Step",
    "parse_fault",
]
