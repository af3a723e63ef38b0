"""What an application server can get wrong with what it is told, and with its replies."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from crooked_app_server import Crook, Dies

from seastool.interop.checks.app_server.dialects import CONTACT
from seastool.interop.checks.app_server.frames import HEAD
from seastool.seas.builder import build_event
from seastool.seas.codec import decode_frame
from seastool.seas.frames import Reply, SlMsg, TReqIn
from seastool.seas.openser.behaviours import usable
from seastool.seas.types import Direction, EventType, Socket
from seastool.sip.parts import call_id, status, tag

PING, PING_SIZE = int(EventType.PING), 14
ANSWER = b"SIP/2.0 200"


def sip(frame: Any) -> bytes:
    """The text in an event, with what stands before it."""
    return getattr(frame, "payload", b"")


def deaf(*marks: bytes, kind: type[Any] = TReqIn) -> Callable[[Any], Any]:
    """Takes no notice of events that have all of these."""

    def hook(frame: Any) -> Any:
        return None if isinstance(frame, kind) and all(m in sip(frame) for m in marks) else frame

    return hook


def text(change: Callable[[bytes], bytes], *marks: bytes) -> Callable[[Any], Any]:
    """Changes the text of replies that have all of these."""

    def hook(action: Any) -> Any:
        if isinstance(action, Reply) and all(mark in action.text for mark in marks):
            action.text = change(action.text)
        return action

    return hook


def without_tag(data: bytes) -> bytes:
    given = tag(data, "To") or ""
    return data.replace(b";tag=" + given.encode() + b"\r\n", b"\r\n") if given else data


def dies_at(*marks: bytes) -> Callable[[bytes], bytes | None]:
    """Dies when it reads that, and is started again later."""
    return lambda data: None if all(mark in data for mark in marks) else data


def dies_at_frame(fits: Callable[[Any], bool]) -> Callable[[Any], Any]:
    """The same, by the frame."""

    def hook(frame: Any) -> Any:
        if fits(frame):
            raise Dies
        return frame

    return hook


def same_ids() -> Crook:
    """Of many requests in one read, one gets its reply by the ids of another."""
    crowded: list[bool] = []
    last: list[tuple[int, int]] = []

    def come(data: bytes) -> bytes:
        if data.count(b"OPTIONS sip:") > 20:
            crowded.append(True)
        return data

    def hook(action: Any) -> Any:
        if isinstance(action, Reply) and crowded:
            last.append((action.hash_index, action.label))
            if len(last) == 2:
                action.hash_index, action.label = last[0]
        return action

    return Crook(bytes_in=come, action_out=hook)


def answers_ack(flags: int, kind: type[Any] = TReqIn, *, also: Collection[str] = ()) -> Crook:
    """An ACK is answered."""
    crook = Crook(also=also)

    def twist(server: Any) -> None:
        def hook(frame: Any) -> Any:
            if isinstance(frame, kind) and b"ACK sip:" in sip(frame) and frame.flags == flags:
                answer = (
                    b"SIP/2.0 200 OK\r\n"
                    + sip(frame).partition(b"ACK sip:")[2].partition(b"\r\n")[2]
                )
                if kind is TReqIn:
                    server.send(
                        Reply(
                            processor_id=1,
                            hash_index=frame.hash_index,
                            label=frame.label,
                            text=answer,
                        )
                    )
                else:
                    server.send(SlMsg(processor_id=1, text=answer))
            return frame

        crook.event_in = hook

    crook.twist = twist
    return crook


def twice(action: Any) -> Any:
    is_one = isinstance(action, Reply) and ANSWER in action.text and b" OPTIONS\r" in action.text
    return [action, action] if is_one else action


def big(action: Any) -> Any:
    if isinstance(action, Reply) and action.text.count(b"Via: ") > 10:
        action.text += b"x" * 3000
    return action


def other_type(action: Any) -> Any:
    if isinstance(action, Reply) and status(action.text) == 180:
        action.type = 2
    return action


def processor(action: Any) -> Any:
    if isinstance(action, Reply):
        action.processor_id = 9
    return action


def wrong_call(data: bytes) -> bytes:
    return data.replace((call_id(data) or "").encode(), b"another@call")


def unsaid(*marks: bytes) -> Callable[[Any], Any]:
    """A reply that has all of these is not sent."""

    def hook(action: Any) -> Any:
        is_one = isinstance(action, Reply) and all(mark in action.text for mark in marks)
        return None if is_one else action

    return hook


def dies_at_second() -> Crook:
    """It does not stand a transaction that it knows."""
    seen: set[tuple[int, int, int]] = set()

    def fits(frame: Any) -> bool:
        if not isinstance(frame, TReqIn) or b"ACK sip:" in frame.payload:
            return False
        ids = frame.hash_index, frame.label, frame.flags
        known = ids in seen
        seen.add(ids)
        return known

    return Crook(event_in=dies_at_frame(fits))


def first_of_five(data: bytes) -> bytes:
    """Of the five of `frame.several` in one read, the first is taken."""
    several = data.count(b"OPTIONS sip:") == 5 and data[HEAD - 8 : HEAD - 4] == b"\0\0\1\0"
    return data[: int.from_bytes(data[:4], "big")] if several else data


def all_but_one_ping(data: bytes) -> bytes:
    """Of many pings in one read, the last is not seen."""
    return (
        data[:-PING_SIZE]
        if len(data) > 10 * PING_SIZE and set(data[4::PING_SIZE]) == {PING}
        else data
    )


def deaf_to(server: str) -> Crook:
    """It takes no notice of a REGISTER as that server encodes it."""
    dialect = usable(server).dialect

    def hook(frame: Any) -> Any:
        text = b"REGISTER sip:" + sip(frame).partition(b"REGISTER sip:")[2]
        if not isinstance(frame, TReqIn) or CONTACT not in text:
            return frame
        event = build_event(text, dialect, type=EventType.T_REQ_IN)
        same = decode_frame(event, Socket.EVENT, Direction.TO_AS).payload == frame.payload
        return None if same else frame

    return Crook(event_in=hook, like="openser-1.2.0" if server.startswith("open") else "kamailio")
