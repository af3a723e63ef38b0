"""The calls of a trace that are to be played."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final

from seastool.cli.exits import NotSeas, NotThere
from seastool.cli.live.view import LiveView
from seastool.cli.replaying.options import ReplayWishes
from seastool.replay.calls import calls_of
from seastool.replay.messages import RecordedCall, Trace

NOTES: Final = 10  # about calls, that are told


def chosen_calls(trace: Trace, wishes: ReplayWishes, view: LiveView | None) -> list[RecordedCall]:
    """The calls that are to be played. view: told their notes. Raises: NotSeas, NotThere."""
    calls = calls_of(trace.messages)
    if not calls:
        held = "SEAS only: replay it --to seas: or proxy:" if trace.frames else "nothing with one"
        raise NotSeas(f"{trace.name}: no SIP message with a Call-ID of its own, {held}")
    wanted = [call for call in calls if is_wanted(call.call_id, wishes.call_id)]
    if not wanted:
        told = f"no call with Call-ID {' or '.join(wishes.call_id or ())}"
        raise NotThere(f"{trace.name}: {told} among {len(calls):,}")
    playable = [call for call in wanted if any(step.by_client for step in call.steps)]
    if view is not None:
        _tell_notes(wanted, view)
    if not playable:
        raise NotSeas(f"{trace.name}: nothing of what the client sent was recorded")
    return playable


def is_wanted(call_id: bytes, patterns: Sequence[str] | None) -> bool:
    """Whether --call-id asks for a call."""
    name = call_id.decode("utf-8", "backslashreplace")
    return not patterns or any(name == one or fnmatchcase(name, one) for one in patterns)


def _tell_notes(calls: Sequence[RecordedCall], view: LiveView) -> None:
    notes = [(call, note) for call in calls for note in call.notes]
    for call, note in notes[:NOTES]:
        view.note(f"{call.call_id.decode('utf-8', 'backslashreplace')}: {note}")
    if len(notes) > NOTES:
        view.note(f"and {len(notes) - NOTES:,} notes more about other calls")
