"""Being the proxy of a recording, or its application server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypedDict

from seastool.capture.records import host_port_text
from seastool.cli.endpoints.ready_file import write_ready_file
from seastool.cli.endpoints.signals import Ending
from seastool.cli.endpoints.texts import some_time
from seastool.cli.exits import FINDINGS, OK, NotSeas, NotThere, PeerFault
from seastool.cli.live.view import LiveView
from seastool.cli.replaying.calls import chosen_calls, is_wanted
from seastool.cli.replaying.options import ReplayWishes
from seastool.cli.replaying.showing import Showing
from seastool.cli.replaying.target import Target
from seastool.cli.replaying.texts import load_of, playing_of
from seastool.net.link import reason_of
from seastool.net.openser import Options as ProxyOptions
from seastool.net.replay_seas import (
    ActionsToProxy,
    CallsToAppServer,
    EventsToAppServer,
    as_recorded,
)
from seastool.replay.conversation import Schedule, SeasSession, sessions_of
from seastool.replay.messages import Trace
from seastool.replay.result import MessageDifference

_NOBODY: Final = "application server has bound"


Replay = ActionsToProxy | CallsToAppServer | EventsToAppServer


def run_seas(
    wishes: ReplayWishes, target: Target, trace: Trace, view: LiveView, showing: Showing
) -> int:
    """Play one side; returns the exit code. Raises: SeasError."""
    schedule = Schedule(playing_of(wishes), load_of(wishes), some_time("--begin", wishes.begin))
    session = _session(trace, wishes, view)
    if session is None and target.kind == "proxy":
        raise NotSeas(f"{trace.name}: no SEAS frames: there are no actions to replay --to proxy:")
    calls = [] if session is not None else chosen_calls(trace, wishes, None)

    def make() -> Replay:
        shared = _Shared(
            host=target.host,
            port=target.port,
            schedule=schedule,
            traffic=view,
            on_difference=showing.difference,
            on_note=view.note,
        )
        if session is None:
            return CallsToAppServer(calls, options=ProxyOptions(seed=wishes.seed), **shared)
        if target.kind == "seas":
            return EventsToAppServer(session, options=ProxyOptions(seed=wishes.seed), **shared)
        return ActionsToProxy(
            session, options=replace(as_recorded(session), seed=wishes.seed), **shared
        )

    return asyncio.run(_play(wishes, target.host, make, view, showing))


class _Shared(TypedDict):
    """What all of them want."""

    host: str
    port: int
    schedule: Schedule
    traffic: LiveView
    on_difference: Callable[[MessageDifference], None]
    on_note: Callable[[str], None]


def _session(trace: Trace, wishes: ReplayWishes, view: LiveView) -> SeasSession | None:
    """The session to play; None if the trace has none. Raises: NotThere."""
    sessions = sessions_of(trace.frames)
    if not sessions:
        return None
    session = sessions[0]
    if len(sessions) > 1:
        view.note(
            f"{len(sessions)} application servers in the trace: that of {session.name!r} is "
            "played, which has most calls"
        )
    kept = [n for n, call in enumerate(session.calls) if is_wanted(call.call_id, wishes.call_id)]
    if not kept:
        told = f"no call with Call-ID {' or '.join(wishes.call_id or ())}"
        raise NotThere(f"{trace.name}: {told} among {len(session.calls):,}")
    places = {number: place for place, number in enumerate(kept)}
    calls = [session.calls[number] for number in kept]
    for call in calls:
        cause = call.cause
        call.cause = (places[cause[0]], cause[1]) if cause and cause[0] in places else None
    session.calls = calls
    return session


async def _play(
    wishes: ReplayWishes, host: str, make: Callable[[], Replay], view: LiveView, showing: Showing
) -> int:
    loop = asyncio.get_running_loop()
    replay, stopped = make(), asyncio.Event()

    def stop() -> None:
        stopped.set()
        replay.stop()

    ending = Ending(stop)
    view.schedule, view.on_gone = loop.call_soon, stop
    showing.on_gone = stop
    began = loop.time()
    try:
        await replay.open()
    except OSError as error:
        raise PeerFault(f"--to {wishes.to}: {reason_of(error)}") from None
    try:
        where = wishes.to.partition(":")[2]
        if not isinstance(replay, ActionsToProxy):
            where = host_port_text(host, replay.openser.port)
            view.note(f"listening on {where} for an application server")
        write_ready_file(wishes.ready_file, where)
        if await _is_there(replay, stopped):
            began = loop.time()
            await replay.play()
        elif not stopped.is_set():
            who = "proxy has taken us" if isinstance(replay, ActionsToProxy) else _NOBODY
            raise PeerFault(f"--to {wishes.to}: no {who} within {replay.schedule.begin:g} s")
    finally:
        await replay.close()
    asked = replay.schedule.total(len(replay.spans()))
    is_well = showing.result(replay.result, asked, wishes.to, loop.time() - began)
    return ending.exit_code or (OK if is_well else FINDINGS)


async def _is_there(replay: Replay, stopped: asyncio.Event) -> bool:
    """Wait for the peer; False if it does not come, or we are stopped before."""
    there = asyncio.ensure_future(replay.there(replay.schedule.begin))
    stop = asyncio.ensure_future(stopped.wait())
    await asyncio.wait((there, stop), return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if not there.done():
        there.cancel()
        return False
    return there.result()
