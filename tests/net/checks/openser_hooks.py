"""Hooks of a crooked gateway, for the faults that are told in one line."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from crooked_gateway import Crook, End

from seastool.seas.frames import Reply
from seastool.seas.openser.faults import Fault


def swallow(*marks: bytes) -> Callable[..., bytes | None]:
    """Swallows what has all of these."""
    return lambda data, *_: None if all(mark in data for mark in marks) else data


def change(old: bytes, new: bytes, *marks: bytes) -> Callable[..., bytes]:
    """Changes one text into another of the same length, in what has all the marks."""
    return lambda data, *_: data.replace(old, new) if all(m in data for m in marks) else data


def response(code: int, then: Callable[[bytes], bytes | None]) -> Callable[..., bytes | None]:
    start = b"SIP/2.0 %d" % code
    return lambda data, hop: then(data) if data.startswith(start) else data


def put(data: bytes, at: int, value: bytes) -> bytes:
    return data[:at] + value + data[at + len(value) :]


def drop_action(fits: Callable[[Any], bool]) -> Callable[[Any], Any]:
    return lambda frame: None if fits(frame) else frame


def end_at(fits: Callable[[Any], bool]) -> Callable[[Any], Any]:
    def hook(frame: Any) -> Any:
        if fits(frame):
            raise End
        return frame

    return hook


def is_reply(frame: Any, *marks: bytes) -> bool:
    return isinstance(frame, Reply) and all(mark in frame.text for mark in marks)


def quirk(fault: Fault, *also: str, skips: Collection[str] = ()) -> Crook:
    return Crook(quirks=[fault], also=also, skips=skips)
