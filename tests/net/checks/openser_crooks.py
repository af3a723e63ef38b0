"""For each check of a proxy: what makes it fail."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from crooked_gateway import HEAD, Crook, End, Memory

from seastool.interop.checks.openser.binding import FIRST_OF_MANY
from seastool.interop.checks.openser.stage import NOBODYS
from seastool.seas.codec import decode_frame
from seastool.seas.frames import AcCancel, Bind, JainPong, Reply, SlMsg, UacReq, Unbind
from seastool.seas.frames import UnknownAction as Unknown
from seastool.seas.openser.behaviour import MAX_BINDS
from seastool.seas.openser.faults import Fault as F
from seastool.seas.types import Direction, EventType, Socket
from seastool.sip.hop import TCP
from seastool.sip.parts import call_id, status

T_REQ_IN, PING = int(EventType.T_REQ_IN), int(EventType.PING)


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


def quirk(fault: F, *also: str, lone: bool = False) -> Crook:
    return Crook(quirks=[fault], also=frozenset(also), lone=lone)


def _taken() -> Crook:
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


def _once() -> Crook:
    """A name that has left is not free any more."""

    def twist(gateway: Any) -> None:
        listener = gateway.proxy.listener
        named, said = listener._named, []

        def crooked(connection: int, half: Any, now: float) -> None:
            said.append(half.name)
            if said.count(half.name) <= len(Socket):
                named(connection, half, now)

        listener._named = crooked

    return Crook(twist=twist, lone=True)


def _portless(gateway: Any) -> None:
    sockets = gateway.proxy.listener.info.sockets
    sockets.append(replace(sockets[0], port=0))


def _labels(gateway: Any) -> None:
    for one in gateway.proxy.listener.info.sockets:
        one.protocol = 1


def _long_names(gateway: Any) -> None:
    listener = gateway.proxy.listener
    listener.dialect = replace(listener.dialect, max_name=255)


def _absent() -> Crook:
    memory = Memory()

    def out(data: bytes, hop: Any) -> bytes:
        there = memory.last.proxy.listener.peers
        return data if there else data.replace(b"SIP/2.0 500 ", b"SIP/2.0 503 ")

    return Crook(sip_out=out, twist=lambda gateway: setattr(memory, "last", gateway))


def _processor(data: bytes) -> bytes:
    return put(data, 5, b"\x4d") if data[4] == T_REQ_IN and data[5] else data


def _foreign() -> Crook:
    """A BIND to a foreign address wins once."""
    memory = Memory()

    def act(frame: Any) -> Any:
        if isinstance(frame, Bind) and frame.address == NOBODYS:
            memory.marks.add("bound")
        return frame

    def out(data: bytes) -> bytes:
        if data[4] == T_REQ_IN and "bound" in memory.marks:
            memory.marks.clear()
            return put(data, 5, b"\x7f")
        return data

    return Crook(action_in=act, event_out=out, lone=True)


def _most() -> Crook:
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


def _high_index(gateway: Any) -> None:
    identifiers = gateway.proxy._identifiers
    low = identifiers.hash_index
    identifiers.hash_index = lambda *given: low(*given) + 0x10000


def _code(data: bytes) -> bytes:
    found = data[4] == T_REQ_IN and b"SUBSCRIBE sip:" in data
    return put(data, HEAD, b"\0\x09") if found else data


def _body(data: bytes) -> bytes:
    found = data[4] == T_REQ_IN and b"\r\n\r\nv=0" in data
    return put(data, HEAD + 6, b"\0\x09") if found else data


def _copied() -> Crook:
    memory = Memory()

    def act(frame: Any) -> Any:
        if is_reply(frame, b"ghost@"):
            memory.marks.add(call_id(frame.text))
        return frame

    def out(data: bytes, hop: Any) -> bytes:
        return data.replace(b"phone@", b"ghost@") if call_id(data) in memory.marks else data

    return Crook(action_in=act, sip_out=out)


def _second_final() -> Crook:
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


def _patience() -> Crook:
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


def _no_ack(flags: int) -> Callable[[bytes], bytes | None]:
    def out(data: bytes) -> bytes | None:
        is_ack = data[4] == T_REQ_IN and b"ACK sip:" in data and data[9] == flags
        return None if is_ack else data

    return out


def _cancelled(data: bytes) -> bytes:
    return put(data, HEAD, b"\0\0\0\x09") if data[4] == T_REQ_IN and data[9] == 8 else data


def _acks(*, own: bool) -> Crook:
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

    also = frozenset() if own else frozenset({"uac.provisional", "uac.cancel"})
    return Crook(request_in=come, sip_out=out, also=also)


def _one_byte(socket: Socket) -> Callable[[Socket, bytes], bytes]:
    return lambda where, data: b"" if where is socket and len(data) == 1 else data


def _first_of_three(where: Socket, data: bytes) -> bytes:
    at, sizes = 0, []
    while where is Socket.ACTION and len(data) - at > 4:
        sizes.append(int.from_bytes(data[at : at + 4], "big"))
        at += sizes[-1]
        if not 4 < sizes[-1] <= 4000:
            return data
    return data[: sizes[0]] if len(sizes) == 3 else data


def _reserved(frame: Any) -> Any:
    """REPLY_FIN_DLG is taken for a reply."""
    if isinstance(frame, Unknown) and frame.type == 3:
        frame.type = 2
        return decode_frame(frame.encode(), Socket.ACTION, Direction.TO_OPENSER)
    return frame


def _many() -> Crook:
    """Of many requests in a moment some are lost."""
    memory, times = Memory(), deque(maxlen=30)

    def come(data: bytes) -> bytes | None:
        now = memory.last.now()
        times.append(now)
        busy = len(times) == 30 and now - times[0] < 0.05 and data.startswith(b"MESSAGE ")
        return None if busy else data

    return Crook(request_in=come, twist=lambda gateway: setattr(memory, "last", gateway))


def _ping(at: int, value: bytes) -> Callable[[bytes], bytes]:
    return lambda data: put(data, at, value) if data[4] == PING and len(data) == 14 else data


def crooks() -> dict[str, Crook]:
    """New ones: some remember things."""
    return {
        "open.socket-info": Crook(twist=_portless),
        "open.socket-labels": Crook(twist=_labels),
        "open.name-taken": _taken(),
        "open.name-length": Crook(twist=_long_names),
        "open.again": _once(),
        "open.after-reset": _once(),
        "open.absent": _absent(),
        "open.name-in-pieces": quirk(F.NAME_IN_ONE_PIECE),
        "bind.processor-id": Crook(event_out=_processor, lone=True),
        "bind.foreign-address": _foreign(),
        "bind.unbind": Crook(
            action_in=drop_action(lambda frame: isinstance(frame, Unbind)), lone=True
        ),
        "bind.lone-unbind": quirk(F.LONE_UNBIND_WAITS),
        "bind.several-in-one-write": quirk(F.ONE_ACTION_PER_READ),
        "bind.in-pieces": Crook(bytes_in=_one_byte(Socket.EVENT)),
        "bind.most": _most(),
        "bind.unknown-type": quirk(F.UNKNOWN_EVENT_ACTION_BLOCKS),
        "request.event": Crook(sip_out=response(200, swallow(b"MESSAGE")), lone=True),
        "request.text": Crook(request_in=change(b"X-Odd:", b"X-Bad:")),
        "request.addresses": Crook(faults=["corrupt=source_port:9@T_REQ_IN"]),
        "request.ids": Crook(twist=_high_index),
        "request.encoding": Crook(faults=["corrupt=EXPIRES.value:9@T_REQ_IN"]),
        "request.methods": Crook(event_out=_code),
        "request.body": Crook(event_out=_body),
        "request.content-length-zero": quirk(F.CONTENT_LENGTH_ZERO),
        "request.no-content-length": quirk(
            F.CONTENT_LENGTH_REQUIRED, "ack.of-2xx", "ack.of-failure", "call.bye", "cancel.in"
        ),
        "request.long-header": Crook(request_in=change(b"X-Long: x", b"X-Long: y", b"MESSAGE")),
        "request.too-big": Crook(request_in=lambda data: None if len(data) > 3200 else data),
        "request.limit": Crook(request_in=lambda data: None if 2300 < len(data) < 3200 else data),
        "request.tcp": Crook(sip_out=lambda data, hop: None if hop.protocol == TCP else data),
        "request.repeated": Crook(faults=["duplicate@T_REQ_IN"]),
        "invite.trying": Crook(sip_out=response(100, swallow(b"INVITE"))),
        "invite.provisional": Crook(sip_out=response(180, change(b"tag=as", b"tag=no", b"INVITE"))),
        "reply.kept": Crook(sip_out=response(488, change(b"Not Like", b"Nothing!"))),
        "reply.copied": _copied(),
        "reply.second-final": _second_final(),
        "reply.headers-limit": Crook(action_in=drop_action(lambda f: is_reply(f, b"X-Before"))),
        "reply.headers-fit": Crook(
            action_in=drop_action(lambda f: is_reply(f, b"X-Long") and b"X-Before" not in f.text)
        ),
        "reply.patience": _patience(),
        "ack.of-2xx": Crook(event_out=_no_ack(4)),
        "ack.of-failure": Crook(event_out=_no_ack(0)),
        "call.bye": Crook(request_in=swallow(b"BYE sip:")),
        "cancel.in": Crook(event_out=_cancelled),
        "cancel.unmatched": Crook(sip_out=response(481, swallow(b"CANCEL"))),
        "uac.request": Crook(sip_out=change(b"X-One:", b"X-Two:", b"MESSAGE sip:phone")),
        "uac.final": quirk(F.FINAL_REPLIES_LOST),
        "uac.provisional": quirk(F.PROVISIONAL_REPLIES_LOST),
        "uac.proxy-acks": _acks(own=False),
        "uac.own-ack": _acks(own=True),
        "uac.cancel": quirk(F.CANCEL_REPLIES_FAKED),
        "uac.failure": quirk(F.FAILURE_LENGTH_SWAPPED),
        "uac.headers-limit": Crook(
            action_in=drop_action(lambda f: isinstance(f, UacReq) and b"X-Long" in f.text)
        ),
        "uac.spiral": Crook(sip_out=change(b"X-WeSIP-SPIRAL", b"X-WeSIP-NOTHNG")),
        "stateless.request": Crook(
            sip_out=lambda data, hop: data,
            action_in=lambda f: (
                setattr(f, "text", f.text.replace(b"Forwards: 70", b"Forwards: 69")) or f
                if isinstance(f, SlMsg)
                else f
            ),
        ),
        "stateless.response": quirk(F.STATELESS_RESPONSE_LOST),
        "action.in-pieces": Crook(bytes_in=_one_byte(Socket.ACTION)),
        "action.several-in-one-write": Crook(
            bytes_in=_first_of_three, also=frozenset({"action.many", "request.methods"})
        ),
        "action.type-ignored": Crook(
            action_in=drop_action(lambda f: is_reply(f, b"SIP/2.0 200") and f.type == 1)
        ),
        "action.unknown-type": Crook(
            action_in=end_at(lambda f: isinstance(f, Unknown) and len(f.payload) == 20)
        ),
        "action.reserved-type": Crook(action_in=_reserved),
        "action.longest": Crook(action_in=drop_action(lambda f: is_reply(f, b"x" * 3000))),
        "action.too-long": quirk(F.LONG_ACTION_CLOSES),
        "action.garbage-text": Crook(action_in=end_at(lambda f: is_reply(f, b"this is no SIP"))),
        "action.many": _many(),
        "ping.form": Crook(event_out=_ping(5, b"\1")),
        "ping.sequence": Crook(event_out=_ping(10, b"\0\0\0\5")),
        "ping.stray-pong": Crook(
            action_in=end_at(lambda f: isinstance(f, JainPong) and f.sequence == 0x7FFFFFFF)
        ),
        "kill.two-accepts": quirk(F.TWO_ACCEPTS_KILL),
        "kill.other-scheme": quirk(F.OTHER_SCHEME_KILLS),
        "kill.length-zero": quirk(F.ACTION_LENGTH_ZERO_LOOPS),
        "kill.reply-without-to": quirk(F.REPLY_WITHOUT_TO_CRASH),
        "kill.reply-unknown": quirk(F.REPLY_UNKNOWN_CRASH),
        "kill.reply-to-own": quirk(F.REPLY_TO_UAC_CRASH),
        "kill.stateless-without-via": quirk(F.STATELESS_WITHOUT_VIA_CRASH),
        "kill.cancel-without-length": Crook(
            action_in=end_at(lambda f: isinstance(f, AcCancel) and b"Content-Length" not in f.text)
        ),
        "kill.many-replies": quirk(F.MEMORY_CORRUPTION, lone=True),
        "kill.half-open": quirk(F.HALF_OPEN_SLOTS),
    }


CROOKS = crooks()
