"""What a proxy can get wrong, for the crooks of its checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from crooked_gateway import HEAD, Crook, End, Memory
from openser_hooks import is_reply, put

from seastool.interop.checks.openser.binding import FIRST_OF_MANY
from seastool.interop.checks.openser.stage import NOBODYS
from seastool.net.checks.openser_stage import MOST_PROCESSORS
from seastool.seas.codec import decode_frame
from seastool.seas.frames import Bind, JainPong, Reply, Unbind
from seastool.seas.frames import UnknownAction as Unknown
from seastool.seas.openser.behaviour import MAX_BINDS
from seastool.seas.types import Direction, EventType, Socket
from seastool.sip.parts import call_id, status

T_REQ_IN, PING = int(EventType.T_REQ_IN), int(EventType.PING)


def taken() -> Crook:
    """A second one of a name is taken for another."""

    def twist(gateway: Any) -> None:
        listener = gateway.proxy.listener
        named = listener._named

        def crooked(connection: int, half: Any, now: float) -> None:
            if half.name in listener.peers:
                half.name += b"2"
            named(connection, half, now)

        listener._named = crooked

    return Crook(twist=twist)


def slow_to_forget(reason: str) -> Crook:
    """Who has left that way is taken for one that is still there, the next time it comes."""

    def twist(gateway: Any) -> None:
        listener = gateway.proxy.listener
        closed, named, left, refused = listener.closed, listener._named, [], []

        def crooked_closed(connection: int, told: str, now: float) -> None:
            if connection in listener._owners:
                left.append(told)
            closed(connection, told, now)

        def crooked_named(connection: int, half: Any, now: float) -> None:
            if reason in left and len(refused) < len(Socket):
                refused.append(connection)
            else:
                named(connection, half, now)

        listener.closed, listener._named = crooked_closed, crooked_named

    return Crook(twist=twist)


def portless(gateway: Any) -> None:
    sockets = gateway.proxy.listener.info.sockets
    sockets.append(replace(sockets[0], port=0))


def labels(gateway: Any) -> None:
    sockets = gateway.proxy.listener.info.sockets
    sockets.append(replace(sockets[0]))


def long_names(gateway: Any) -> None:
    listener = gateway.proxy.listener
    listener.dialect = replace(listener.dialect, max_name=255)


def absent() -> Crook:
    memory = Memory()

    def out(data: bytes, hop: Any) -> bytes:
        there = memory.last.proxy.listener.peers
        return data if there else data.replace(b"SIP/2.0 500 ", b"SIP/2.0 503 ")

    return Crook(sip_out=out, twist=lambda gateway: setattr(memory, "last", gateway))


def processor(data: bytes) -> bytes:
    """A number of those that are bound for whole connections comes wrong."""
    low = data[4] == T_REQ_IN and 0 < data[5] <= MOST_PROCESSORS
    return put(data, 5, b"\x4d") if low else data


def foreign() -> Crook:
    """A BIND to a foreign address wins once, over one for a whole connection."""
    memory = Memory()

    def act(frame: Any) -> Any:
        if isinstance(frame, Bind) and frame.address == NOBODYS:
            memory.marks.add("bound")
        return frame

    def out(data: bytes) -> bytes:
        if data[4] == T_REQ_IN and data[5] <= MOST_PROCESSORS and "bound" in memory.marks:
            memory.marks.clear()
            return put(data, 5, b"\x7f")
        return data

    return Crook(action_in=act, event_out=out)


def most() -> Crook:
    """The eleventh BIND is written over the first."""
    memory = Memory()

    def act(frame: Any) -> Any:
        if isinstance(frame, Bind) and frame.processor_id == FIRST_OF_MANY + MAX_BINDS:
            name = memory.last.proxy.peer.name
            memory.last.proxy.transactions_of(name).bindings._slots[0].processor_id = 77
        return frame

    def back(frame: Any) -> Any:
        if isinstance(frame, Unbind) and frame.processor_id == FIRST_OF_MANY:
            frame.processor_id = 77
        return act(frame)

    return Crook(action_in=back, twist=lambda gateway: setattr(memory, "last", gateway))


def high_index(gateway: Any) -> None:
    identifiers = gateway.proxy._identifiers
    low = identifiers.hash_index
    identifiers.hash_index = lambda *given: low(*given) + 0x10000


def code(data: bytes) -> bytes:
    found = data[4] == T_REQ_IN and b"SUBSCRIBE sip:" in data
    return put(data, HEAD, b"\0\x09") if found else data


def body(data: bytes) -> bytes:
    found = data[4] == T_REQ_IN and b"\r\n\r\nv=0" in data
    return put(data, HEAD + 6, b"\0\x09") if found else data


def copied() -> Crook:
    memory = Memory()

    def act(frame: Any) -> Any:
        if is_reply(frame, b"ghost@"):
            memory.marks.add(call_id(frame.text))
        return frame

    def out(data: bytes, hop: Any) -> bytes:
        return data.replace(b"phone@", b"ghost@") if call_id(data) in memory.marks else data

    return Crook(action_in=act, sip_out=out)


def second_final() -> Crook:
    memory = Memory()

    def out(data: bytes, hop: Any) -> bytes:
        if data.startswith(b"SIP/2.0 200"):
            memory.last = (data, hop)
        return data

    def twist(gateway: Any) -> None:
        def act(frame: Any) -> Any:
            if is_reply(frame, b"SIP/2.0 404") and memory.last:
                data, hop = memory.last
                gateway.send_plain(data.replace(b"SIP/2.0 200", b"SIP/2.0 404"), hop)
            return frame

        crook.action_in = act

    crook = Crook(sip_out=out, twist=twist)
    return crook


def patience() -> Crook:
    memory = Memory()

    def out(data: bytes) -> bytes:
        if data[4] == T_REQ_IN:
            memory.times[data[HEAD - 8 : HEAD]] = memory.last.now()
        return data

    def act(frame: Any) -> Any:
        if isinstance(frame, Reply):
            ids = frame.hash_index.to_bytes(4, "big") + frame.label.to_bytes(4, "big")
            if memory.last.now() - memory.times.get(ids, 0.0) > 1.2:
                return None
        return frame

    twist = lambda gateway: setattr(memory, "last", gateway)  # noqa: E731
    return Crook(event_out=out, action_in=act, twist=twist)


def no_ack(flags: int) -> Callable[[bytes], bytes | None]:
    def out(data: bytes) -> bytes | None:
        is_ack = data[4] == T_REQ_IN and b"ACK sip:" in data and data[9] == flags
        return None if is_ack else data

    return out


def cancelled(data: bytes) -> bytes:
    return put(data, HEAD, b"\0\0\0\x09") if data[4] == T_REQ_IN and data[9] == 8 else data


def acks(*, own: bool) -> Crook:
    """ACKs to failures are not sent, or all others."""
    memory = Memory()

    def come(data: bytes) -> bytes:
        if (status(data) or 0) >= 300:
            memory.marks.add(call_id(data))
        return data

    def out(data: bytes, hop: Any) -> bytes | None:
        if not data.startswith(b"ACK "):
            return data
        return data if (call_id(data) in memory.marks) is own else None

    return Crook(request_in=come, sip_out=out)


def one_byte(socket: Socket) -> Callable[[Socket, bytes], bytes]:
    return lambda where, data: b"" if where is socket and len(data) == 1 else data


def first_of_three(where: Socket, data: bytes) -> bytes:
    """Of the three of `action.several-in-one-write` in one read, the first is done."""
    if where is not Socket.ACTION or data.count(b" 200 Joined\r\n") < 3:
        return data
    return data[: int.from_bytes(data[:4], "big")]


def reserved(frame: Any) -> Any:
    """REPLY_FIN_DLG is taken for a reply."""
    if isinstance(frame, Unknown) and frame.type == 3:
        frame.type = 2
        return decode_frame(frame.encode(), Socket.ACTION, Direction.TO_OPENSER)
    return frame


def many() -> Crook:
    """More than 30 requests at a time are too many."""
    waiting: set[str | None] = set()

    def come(data: bytes) -> bytes | None:
        if data.startswith(b"MESSAGE "):
            waiting.add(call_id(data))
        return None if len(waiting) > 30 else data

    def out(data: bytes, hop: Any) -> bytes:
        if (status(data) or 0) >= 200:
            waiting.discard(call_id(data))
        return data

    return Crook(request_in=come, sip_out=out)


def wears_out() -> Crook:
    """More than 80 equal replies with nothing else between are too many."""
    memory = Memory(last=0)

    def act(frame: Any) -> Any:
        if not isinstance(frame, JainPong):
            is_one = is_reply(frame, b"SIP/2.0 200", b" MESSAGE\r")
            memory.last = memory.last + 1 if is_one else 0
        if memory.last > 80:
            memory.last = 0
            raise End
        return frame

    return Crook(action_in=act)


def ping(at: int, value: bytes) -> Callable[[bytes], bytes]:
    return lambda data: put(data, at, value) if data[4] == PING and len(data) == 14 else data
