"""``--like`` and ``--quirk``: which server's behaviour, with which of its faults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from seastool.cli.endpoints.texts import a_dialect
from seastool.cli.exits import UsageFault
from seastool.seas.openser.behaviour import Behaviour
from seastool.seas.openser.behaviours import behave_like, usable
from seastool.seas.openser.faults import FAULTS, UnknownFault, parse_faults

OFF: Final = "no-"


def behaviour_of(like: str, quirks: Sequence[str]) -> Behaviour:
    """The behaviour. Raises: UsageFault; SystemExit after listing the quirks."""
    if "list" in quirks:
        for fault, info in FAULTS.items():
            print(f"{fault.value:28} {info.doc}")
        raise SystemExit(0)
    a_dialect(like)
    try:
        on = parse_faults(name for name in quirks if not name.startswith(OFF))
        off = parse_faults(name.removeprefix(OFF) for name in quirks if name.startswith(OFF))
    except UnknownFault as error:
        raise UsageFault(f"--quirk: {error}") from None
    if like:
        return behave_like(like, on=on, off=off)
    if off:
        raise UsageFault("--quirk no-NAME switches off a quirk of --like, which is not given")
    return usable(on=on)
