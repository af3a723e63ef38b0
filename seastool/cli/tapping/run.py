"""``seastool tap``, once its options are known."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Final

from seastool.cli.endpoints.garbage import settle
from seastool.cli.endpoints.texts import a_dialect, a_duration, some_faults
from seastool.cli.exits import UsageFault
from seastool.cli.host_port import event_port
from seastool.cli.live.view import LiveView
from seastool.cli.tapping.options import FaultSide, TapWishes
from seastool.cli.tapping.script_file import load_script
from seastool.cli.tapping.session import Session
from seastool.net.tap import TapOptions
from seastool.net.tap_relay import Leg
from seastool.seas.faults import Fault, FaultError, FaultInjector
from seastool.seas.faults.fault import SIDES
from seastool.seas.types import Direction

WRITES: Final = {FaultSide.AS: Direction.TO_OPENSER, FaultSide.OPENSER: Direction.TO_AS}
OTHER: Final = {FaultSide.AS: FaultSide.OPENSER, FaultSide.OPENSER: FaultSide.AS}


def run(wishes: TapWishes) -> int:
    """Be one until a signal comes; returns the exit code. Raises: SeasError."""
    listen = event_port("--listen", wishes.listen, lowest=0)
    to = event_port("--to", wishes.to)
    if listen == to:
        raise UsageFault(f"--listen and --to are both {wishes.to}: it would connect to itself")
    faults = some_faults(wishes.fault)
    _check(faults, wishes.fault_side)
    dialect = a_dialect(wishes.dialect)
    options = TapOptions(
        faults=faults,
        fault_side=WRITES[wishes.fault_side],
        seed=wishes.seed,
        hooks=load_script(wishes.script) if wishes.script else None,
        dialect=dialect,
        leg=Leg(wishes.leg),
    )
    with LiveView(wishes.live, dialect) as view:
        session = Session(
            listen=listen,
            to=to,
            options=options,
            view=view,
            duration=a_duration("--duration", wishes.duration),
            ready_file=wishes.ready_file,
        )
        settle()
        return asyncio.run(session.run())


def _check(faults: list[Fault], side: FaultSide) -> None:
    """Refuse what that side cannot have, before anybody connects. Raises: UsageFault."""
    for fault in faults:
        if WRITES[side] not in fault.kind.sides:
            raise UsageFault(
                f"--fault {fault}: {SIDES[WRITES[side]]} cannot have it; --fault-side "
                f"{OTHER[side]} is for what the other side writes"
            )
    try:
        FaultInjector(faults, Random(0), side=WRITES[side])
    except FaultError as error:
        raise UsageFault(f"--fault {error}") from None
