"""``seastool replay``, once its options are known."""

from __future__ import annotations

from dataclasses import replace

from seastool.cli.live.view import LiveView
from seastool.cli.replaying.calls import chosen_calls
from seastool.cli.replaying.options import ReplayWishes
from seastool.cli.replaying.showing import Showing
from seastool.cli.replaying.target import target_of
from seastool.replay.trace import read_trace


def run(wishes: ReplayWishes) -> int:
    """Replay it; returns the exit code. Raises: SeasError."""
    target = target_of(wishes.to)
    live = wishes.live
    if not wishes.shows_messages:
        live = replace(live, quiet=True, json=False)
    trace = read_trace(wishes.trace)
    with LiveView(live) as view:
        showing = Showing(wishes, view)
        for note in trace.notes:
            view.note(note)
        if target.kind == "sip":
            from seastool.cli.replaying.sip_run import run_sip

            code = run_sip(wishes, target, chosen_calls(trace, wishes, view), view, showing)
        else:
            from seastool.cli.replaying.seas_run import run_seas

            code = run_seas(wishes, target, trace, view, showing)
        showing.close()
    return code
