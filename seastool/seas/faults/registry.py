"""Every fault, declared once. They act on a write in the order of this table."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from seastool.seas.codec import TYPE_NAMES
from seastool.seas.faults import frame_acts, hello_acts, stream_acts
from seastool.seas.faults.corruption import corrupt
from seastool.seas.faults.errors import FaultError, choice, shown
from seastool.seas.faults.outgoing import Ending, Outgoing, Surroundings
from seastool.seas.faults.parameter import ChangedField, Duration, Parameter, Probability, Whole
from seastool.seas.framing import UnitKind
from seastool.seas.types import Direction, Socket

Act = Callable[[Outgoing, Any, Surroundings], str | None]

U32: Final = (1 << 32) - 1


class ActsOn(StrEnum):
    """What a fault acts on."""

    HELLO = "hello"  # a name, socket info
    FRAME = "frame"
    STREAM = "stream"  # all of them


ANY_FRAME: Final = "FRAME"  # where a fault of the stream is to leave the hello alone


HELLO_NAMES: Final = {
    Direction.TO_OPENSER: (UnitKind.NAME.name,),
    Direction.TO_AS: (UnitKind.SOCKET_INFO.name,),
}
FRAME_NAMES: Final = {
    side: tuple(name for socket in Socket for name in TYPE_NAMES[socket, side].values())
    for side in Direction
}


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One kind of fault.

    parameter, default: its value, None for no parameter; a parameter without default is required.
    doc: what it does. app_server, openser: what that means where the application server, the
    proxy has the fault; empty: that side cannot. types: the only frame types it acts on.
    """

    name: str
    acts_on: ActsOn
    act: Act
    example: str
    doc: str
    app_server: str
    openser: str
    parameter: Parameter | None = None
    default: Any = None
    types: tuple[str, ...] = ()

    @property
    def sides(self) -> tuple[Direction, ...]:
        """By the direction of what they write, the sides that can have it."""
        has = {Direction.TO_OPENSER: self.app_server, Direction.TO_AS: self.openser}
        return tuple(side for side, effect in has.items() if effect)

    def names(self, side: Direction) -> tuple[str, ...]:
        """By name, what this side writes that the fault can act on."""
        if self.acts_on is ActsOn.HELLO:
            return HELLO_NAMES[side]
        frames = tuple(name for name in FRAME_NAMES[side] if name in (self.types or (name,)))
        return frames if self.acts_on is ActsOn.FRAME else (*HELLO_NAMES[side], ANY_FRAME, *frames)


HELLO, FRAME, STREAM = ActsOn.HELLO, ActsOn.FRAME, ActsOn.STREAM

_KINDS: Final = (
    FaultKind(
        "unpaired",
        HELLO,
        hello_acts.leave_unpaired,
        "unpaired",
        "the opening is never finished",
        "its action socket connects and is never named",
        "socket info is never sent",
    ),
    FaultKind(
        "long-name",
        HELLO,
        hello_acts.lengthen_name,
        "long-name=16",
        "a name is padded with `x` to N bytes",
        "its own name; real proxies take 14 or 15 bytes",
        "the name of the first listening socket; real ones have at most 30 bytes",
        Whole(1, 255),
        31,
    ),
    FaultKind(
        "split-hello",
        HELLO,
        hello_acts.split_in_two,
        "split-hello=1s",
        "two halves, T apart",
        "each of its names; real proxies take the first half for all of it",
        "socket info",
        Duration(),
        0.3,
    ),
    FaultKind(
        "lost-ping",
        FRAME,
        frame_acts.swallow,
        "lost-ping=0.5",
        "a ping is lost, with probability P",
        "does not answer it",
        "does not send it, and waits for its answer",
        Probability(),
        1.0,
        types=("PING", "JAIN_PONG"),
    ),
    FaultKind(
        "drop",
        FRAME,
        frame_acts.swallow,
        "drop=0.1@REPLY_FIN",
        "a frame is not sent, with probability P",
        "an action is lost",
        "an event or action failure is lost",
        Probability(),
        1.0,
    ),
    FaultKind(
        "corrupt",
        FRAME,
        corrupt,
        "corrupt=headers[2].body.uri.end:7",
        "the field at PATH gets VALUE, or a random other value",
        "a field of an action",
        "a field of an event, the structures of its message included",
        ChangedField(),
    ),
    FaultKind(
        "unknown-type",
        FRAME,
        frame_acts.change_type,
        "unknown-type=77*1",
        "the type byte becomes N",
        "real proxies skip it on the action socket; on the event socket nothing behind it is read",
        "an event that SEAS does not have",
        Whole(0, 255),
        99,
    ),
    FaultKind(
        "length",
        FRAME,
        frame_acts.change_length,
        "length=4001*1",
        "the length field becomes N, the bytes stay as they are",
        "0 is an endless loop in real proxies, over 4000 blocks the socket",
        "the application server loses step, or waits",
        Whole(0, U32),
    ),
    FaultKind(
        "duplicate",
        FRAME,
        frame_acts.send_twice,
        "duplicate=0.5@UAC_REQ",
        "a frame is sent twice, with probability P",
        "the same reply, request or BIND again",
        "the same event again",
        Probability(),
        1.0,
    ),
    FaultKind(
        "late-pong",
        FRAME,
        frame_acts.send_late,
        "late-pong=5s",
        "the answer to a ping comes T late; all else passes it meanwhile",
        "the proxy counts the ping as lost",
        "",
        Duration(),
        types=("JAIN_PONG",),
    ),
    FaultKind(
        "reorder",
        FRAME,
        frame_acts.send_behind_next,
        "reorder=0.2",
        "a frame waits, with probability P, for the next one of its socket and goes out behind it, "
        "after 1s in any case",
        "an action overtakes another",
        "an event overtakes another",
        Probability(),
        1.0,
    ),
    FaultKind(
        "slice",
        STREAM,
        stream_acts.slice_up,
        "slice=1",
        "written in pieces of N bytes, the first 20 of them 1ms apart",
        "names and actions in pieces",
        "socket info, events and failures in pieces",
        Whole(1, 65535),
        1,
    ),
    FaultKind(
        "delay",
        STREAM,
        stream_acts.delay,
        "delay=50ms",
        "written T later, and what is behind it on the socket waits",
        "names and actions",
        "socket info, events and failures",
        Duration(),
    ),
    FaultKind(
        "jitter",
        STREAM,
        stream_acts.add_jitter,
        "jitter=20ms",
        "each write, or piece of one, 0 to T later, in order",
        "names and actions",
        "socket info, events and failures",
        Duration(),
    ),
    FaultKind(
        "reset",
        FRAME,
        frame_acts.end_after(Ending.RESET),
        "reset=3*1",
        "behind the N-th frame, its socket is reset (RST); what the peer has not read may be lost",
        "the proxy drops both sockets, the application server connects again",
        "the application server has lost the proxy",
        Whole(1, U32),
        1,
    ),
    FaultKind(
        "half-close",
        FRAME,
        frame_acts.end_after(Ending.HALF_CLOSE),
        "half-close=3*1",
        "behind the N-th frame, the writing half of its socket is closed (FIN); reading goes on",
        "the proxy takes it for the end",
        "the application server reads the end of the stream",
        Whole(1, U32),
        1,
    ),
)

FAULTS: Final = MappingProxyType({kind.name: kind for kind in _KINDS})
ORDER: Final = MappingProxyType({name: place for place, name in enumerate(FAULTS)})


def kind_of(name: str) -> FaultKind:
    """The kind of that name. Raises: FaultError, naming what there is."""
    if (kind := FAULTS.get(name)) is None:
        raise FaultError(f"unknown fault {shown(name)}{choice(name, FAULTS)}")
    return kind
