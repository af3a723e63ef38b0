"""For each check of an application server: what makes it fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crooked_app_server import Crook

from seastool.seas.frames import (
    AcResFail,
    Reply,
    ResIn,
    SlMsg,
    SlReqIn,
    TReqIn,
    UnknownEvent,
)
from seastool.sip.parts import call_id, status, tag

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


def leaves_at(*marks: bytes) -> Callable[[bytes], bytes | None]:
    """Leaves for good when it reads that, as a program that has died."""
    return lambda data: None if all(mark in data for mark in marks) else data


def leaves_at_frame(fits: Callable[[Any], bool]) -> Crook:
    """The same, by the frame."""
    crook = Crook()

    def twist(server: Any) -> None:
        def hook(frame: Any) -> Any:
            if fits(frame):
                server.crooks.append(Crook(bytes_in=lambda data: None))
                server.stop()
                server.connection.close(server._loop.time())
                return None
            return frame

        crook.event_in = hook

    crook.twist = twist
    return crook


def _same_ids() -> Crook:
    """Replies to the ids of the event before."""
    last: list[tuple[int, int]] = []

    def hook(action: Any) -> Any:
        if isinstance(action, Reply):
            last.append((action.hash_index, action.label))
            if len(last) > 1 and len(last) % 40 == 0:
                action.hash_index, action.label = last[-2]
        return action

    return Crook(action_out=hook, lone=True)


def _answers_ack(flags: int, kind: type[Any] = TReqIn) -> Crook:
    """An ACK is answered."""
    crook = Crook()

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


def _twice(action: Any) -> Any:
    is_one = isinstance(action, Reply) and ANSWER in action.text and b" OPTIONS\r" in action.text
    return [action, action] if is_one else action


def _pause_nothing(server: Any) -> None:
    server.connection._timing = type(server.connection._timing)(
        pause=0.0, retry=0.02, retry_most=0.1
    )


def _name_changes(server: Any) -> None:
    """Another name on the action socket."""
    outlet, names = server._outlet, []
    write = outlet.write

    def crooked(socket: Any, kind: Any, data: bytes) -> None:
        if kind.name == "NAME":
            names.append(data)
            if len(names) == 2:
                data = data[:1] + data[1:].swapcase()
        write(socket, kind, data)

    outlet.write = crooked


def _more_binds(server: Any) -> None:
    """All of the sockets."""
    import seastool.seas.connection.app_server as module

    connection = server.connection
    plan = connection._plan_binds

    def crooked(info: Any) -> None:
        most, module.MAX_BINDS = module.MAX_BINDS, 99
        try:
            plan(info)
        finally:
            module.MAX_BINDS = most

    connection._plan_binds = crooked


def _bind(field: str, value: Any, *, six: bool = False, lone: bool = False) -> Crook:
    """A field of BINDs that is wrong; of IPv6 ones only, if `six`."""

    def twist(server: Any) -> None:
        bind_of = server.connection._bind_of

        def crooked(one: Any) -> Any:
            bind = bind_of(one)
            if bind is not None and (len(bind.address) == 16) is six:
                setattr(bind, field, value)
            return bind

        server.connection._bind_of = crooked

    return Crook(twist=twist, lone=lone)


def _other_layout(server: Any) -> None:
    """It never learns."""
    server.connection._probe._detector = None


def _stays_away(server: Any) -> None:
    server.options.retry = False


def _big(action: Any) -> Any:
    if isinstance(action, Reply) and action.text.count(b"Via: ") > 10:
        action.text += b"x" * 3000
    return action


def _type(action: Any) -> Any:
    if isinstance(action, Reply) and status(action.text) == 180:
        action.type = 2
    return action


def _processor(action: Any) -> Any:
    if isinstance(action, Reply):
        action.processor_id = 9
    return action


def _wrong_call(data: bytes) -> bytes:
    return data.replace((call_id(data) or "").encode(), b"another@call")


def _cancelled(action: Any) -> Any:
    if isinstance(action, Reply) and status(action.text) == 487:
        return None
    return action


def _dies_at_second() -> Crook:
    """It does not stand a transaction that it knows."""
    seen: set[tuple[int, int, int]] = set()

    def fits(frame: Any) -> bool:
        if not isinstance(frame, TReqIn) or b"ACK sip:" in frame.payload:
            return False
        ids = frame.hash_index, frame.label, frame.flags
        known = ids in seen
        seen.add(ids)
        return known

    return leaves_at_frame(fits)


def _first_of_five(data: bytes) -> bytes:
    at, sizes = 0, []
    while len(data) - at > 4:
        sizes.append(int.from_bytes(data[at : at + 4], "big"))
        at += sizes[-1]
        if not 4 < sizes[-1] <= 4000:
            return data
    return data[: sizes[0]] if len(sizes) == 5 and data[4] == 2 else data


def crooks() -> dict[str, Crook]:
    """New ones: some remember things."""
    found = {
        "open.names": Crook(twist=_name_changes, lone=True),
        "open.one-piece": Crook(faults=["split-hello=20ms"]),
        "open.apart": Crook(twist=_pause_nothing, also=frozenset({"bind.apart"})),
        "bind.sent": _bind("port", 9, lone=True),
        "bind.processor": Crook(faults=["corrupt=processor_id:200@BIND"], lone=True),
        "bind.family": _bind("family", 3),
        "bind.apart": Crook(twist=_pause_nothing, lone=True),
        "bind.most": Crook(twist=_more_binds),
        "bind.ipv6": _bind("family", 3, six=True),
        "request.options": Crook(event_in=deaf(b"OPTIONS sip:"), lone=True),
        "request.message": Crook(
            event_in=deaf(b"MESSAGE sip:", b"hello", b":5060>\r\nContent-Type")
        ),
        "request.register": Crook(event_in=deaf(b"REGISTER sip:")),
        "request.invite": Crook(event_in=deaf(b"INVITE sip:"), lone=True),
        "request.unknown-method": Crook(event_in=deaf(b"FROBNICATE")),
        "request.long-header": Crook(event_in=deaf(b"behind it")),
        "request.long-from": Crook(event_in=deaf(b"p" * 260)),
        "request.bytes": Crook(event_in=deaf(b"\xff\xfe\x80")),
        "request.folded": Crook(event_in=deaf(b"\r\ns: folded")),
        "request.many-headers": Crook(event_in=deaf(b"X-49: 49")),
        "request.big": Crook(event_in=deaf(b"x" * 2400)),
        "request.many": _same_ids(),
        "request.repeated": _dies_at_second(),
        "stateless.answered": Crook(event_in=deaf(b"OPTIONS sip:", kind=SlReqIn)),
        "stateless.ack": _answers_ack(0, SlReqIn),
        "reply.to-tag": Crook(
            action_out=text(without_tag, b"SIP/2.0 180"),
            also=frozenset({"reply.one-tag", "reply.mistakes"}),
        ),
        "reply.one-tag": Crook(
            action_out=text(
                lambda data: data.replace((tag(data, "To") or "-").encode(), b"other"),
                b"SIP/2.0 180",
            ),
            also=frozenset({"reply.mistakes"}),
        ),
        "reply.request-tag": Crook(
            action_out=text(lambda data: data.replace(b"tag=given", b"tag=taken"))
        ),
        "reply.once": Crook(action_out=_twice, also=frozenset({"reply.mistakes"})),
        "reply.copied": Crook(action_out=text(_wrong_call, b" OPTIONS\r")),
        "reply.type": Crook(action_out=_type, also=frozenset({"reply.mistakes"})),
        "reply.processor": Crook(action_out=_processor),
        "reply.size": Crook(action_out=_big),
        "reply.mistakes": Crook(
            action_out=text(lambda data: data + b"behind", b"SIP/2.0 200", b" BYE\r")
        ),
        "ack.of-2xx": _answers_ack(4),
        "ack.of-failure": _answers_ack(0),
        "call.bye": Crook(
            event_in=deaf(b"BYE sip:", b"CSeq: 8"), also=frozenset({"reply.mistakes"})
        ),
        "call.stray-bye": Crook(event_in=deaf(b"BYE sip:", b"tag=nobody")),
        "cancel.answered": Crook(
            event_in=lambda frame: (
                None
                if isinstance(frame, TReqIn) and frame.flags == 8 and frame.hash_index > 1
                else frame
            ),
            also=frozenset({"cancel.ends-invite"}),
        ),
        "cancel.ends-invite": Crook(action_out=_cancelled),
        "cancel.unknown": leaves_at_frame(
            lambda frame: getattr(frame, "cancelled_label", None) == 4
        ),
        "ping.answered": Crook(
            faults=["drop@JAIN_PONG"], also=frozenset({"ping.once", "ping.many", "ping.highest"})
        ),
        "ping.once": Crook(faults=["duplicate@JAIN_PONG"]),
        "ping.many": Crook(
            faults=["drop=0.2@JAIN_PONG"],
            also=frozenset({"ping.answered", "ping.once", "ping.highest"}),
        ),
        "ping.highest": Crook(bytes_in=lambda data: b"" if data[-4:] == b"\xff" * 4 else data),
        "frame.in-pieces": Crook(bytes_in=lambda data: b"" if len(data) == 1 else data),
        "frame.several": Crook(bytes_in=_first_of_five),
        "frame.unknown-type": leaves_at_frame(lambda frame: isinstance(frame, UnknownEvent)),
        "frame.unknown-flags": leaves_at_frame(lambda frame: getattr(frame, "flags", 0) == 0x100),
        "frame.other-processor": leaves_at_frame(
            lambda frame: getattr(frame, "processor_id", 0) == 99
        ),
        "frame.no-message": leaves_at_frame(
            lambda frame: isinstance(frame, TReqIn) and not frame.payload
        ),
        "frame.bad-index": Crook(bytes_in=leaves_at(b"\x01\xff\xff")),
        "frame.cut-message": leaves_at_frame(
            lambda frame: (
                isinstance(frame, TReqIn)
                and len(frame.payload) > 200
                and not frame.payload.endswith((b"\n", b"x", b"o", b"\0"))
            )
        ),
        "frame.garbage-text": leaves_at_frame(
            lambda frame: isinstance(frame, TReqIn) and frame.payload.endswith(b"\0" * 50)
        ),
        "frame.stray-response": leaves_at_frame(
            lambda frame: isinstance(frame, ResIn) and bool(frame.payload)
        ),
        "frame.stray-timeout": leaves_at_frame(
            lambda frame: isinstance(frame, ResIn) and not frame.payload
        ),
        "frame.stray-failure": leaves_at_frame(lambda frame: isinstance(frame, AcResFail)),
        "frame.length-short": Crook(bytes_in=leaves_at(bytes((0, 0, 0, 3, 2, 1, 0)))),
        "frame.length-huge": Crook(bytes_in=leaves_at(b"\x7f\xff\xff\xff\2\1\0")),
        "again.after-close": Crook(twist=_stays_away, lone=True),
        "again.after-reset": Crook(twist=_stays_away, lone=True),
        "again.half": Crook(twist=_stays_away, lone=True),
    }
    found["ack.of-failure"].behave, found["ack.of-failure"].lone = "reject 486", True
    for name in ("openser-1.2", "opensips-1.6", "opensips-2.4", "kamailio-3.1", "kamailio-5.6"):
        crook = found[f"dialect.{name}"] = Crook(lone=True, delay=0.0)
        if name.startswith("open"):
            crook.twist, crook.like = _other_layout, "openser-1.2.0"
        else:
            crook.event_in = deaf(b"SUBSCRIBE sip:")
    return found


CROOKS = crooks()
