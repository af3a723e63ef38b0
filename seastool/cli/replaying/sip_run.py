"""Being the SIP clients of a recording."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from seastool.capture.records import host_port_text
from seastool.cli.endpoints.ready_file import write_ready_file
from seastool.cli.endpoints.signals import Ending
from seastool.cli.exits import FINDINGS, OK, PeerFault
from seastool.cli.host_port import host_port
from seastool.cli.live.view import LiveView
from seastool.cli.replaying.options import ReplayWishes
from seastool.cli.replaying.showing import Showing
from seastool.cli.replaying.target import Target
from seastool.cli.replaying.texts import load_of, playing_of
from seastool.net.link import reason_of
from seastool.net.replay_sip import SipPeer, SipReplay, SipReplayOptions, Unreachable
from seastool.net.sip import Unresolvable
from seastool.replay.messages import RecordedCall
from seastool.replay.rewriting import Credentials
from seastool.sip.hop import TCP, UDP


def run_sip(
    wishes: ReplayWishes,
    target: Target,
    calls: Sequence[RecordedCall],
    view: LiveView,
    showing: Showing,
) -> int:
    """Play the calls; returns the exit code. Raises: SeasError."""
    options = SipReplayOptions(
        playing=playing_of(wishes),
        load=load_of(wishes),
        local=host_port("--from", wishes.from_) if wishes.from_ else None,
        credentials=_credentials(wishes.user),
        seed=wishes.seed,
    )
    peer = SipPeer(target.host, target.port, TCP if target.transport == "tcp" else UDP)
    try:
        return asyncio.run(_play(wishes, calls, peer, options, view, showing))
    except (Unreachable, Unresolvable) as error:
        raise PeerFault(str(error)) from None


def _credentials(user: str | None) -> Credentials | None:
    if user is None:
        return None
    name, _, password = user.partition(":")
    return Credentials(
        name.encode("utf-8", "surrogateescape"), password.encode("utf-8", "surrogateescape")
    )


async def _play(
    wishes: ReplayWishes,
    calls: Sequence[RecordedCall],
    peer: SipPeer,
    options: SipReplayOptions,
    view: LiveView,
    showing: Showing,
) -> int:
    loop = asyncio.get_running_loop()
    run = SipReplay(
        calls,
        peer,
        options,
        traffic=view,
        on_difference=showing.difference,
        on_note=view.note,
    )
    ending = Ending(run.stop)
    view.schedule, view.on_gone = loop.call_soon, run.stop
    showing.on_gone = run.stop
    began = loop.time()
    try:
        await run.open()
    except OSError as error:
        raise PeerFault(f"--from {wishes.from_ or ':0'}: {reason_of(error)}") from None
    try:
        local = run.local
        write_ready_file(wishes.ready_file, host_port_text(local.host, local.port))
        await run.play()
    finally:
        await run.close()
    total = run.stage.pace.total
    is_well = showing.result(run.result, total, wishes.to, loop.time() - began)
    return ending.exit_code or (OK if is_well else FINDINGS)
