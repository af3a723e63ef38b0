"""Pings, and frames that are odd, wrong or in pieces."""

from __future__ import annotations

from typing import Any, Final

from seastool.interop.checks.app_server.stage import AppServerStage, Call
from seastool.interop.checks.app_server.suite import ANSWER, PONG, check
from seastool.interop.checks.stage import Test, that
from seastool.seas.connection.openser_events import Received
from seastool.seas.frames import (
    FAKED_REPLY,
    AcResFail,
    JainPong,
    Ping,
    ResIn,
    TReqIn,
    UnknownEvent,
)
from seastool.seas.message import INFO_SIZE
from seastool.seas.openser import outcomes as did
from seastool.seas.types import EventType, Socket

PIECE = 0.002  # seconds between pieces
HIGHEST = 0xFFFFFFFF
UNKNOWN_TYPE = 99
HEAD = 33  # bytes of a T_REQ_IN with IPv4 addresses in front of its message


def _pong(sequence: int) -> Test[Received]:
    def fits(item: Any) -> Received | None:
        if isinstance(item, Received) and isinstance(item.frame, JainPong):
            return item if item.frame.sequence == sequence else None
        return None

    return fits


@check("ping.answered", "a ping is answered on the action socket", "protocol: Pings")
async def ping(stage: AppServerStage) -> None:
    """Without pongs the proxy counts it as dead."""
    sequence = stage.ping()
    pong = await stage.expect(f"a pong for {sequence}", _pong(sequence))
    that(pong.socket is Socket.ACTION, "the action socket", f"the {pong.socket} socket")


@check("ping.once", "a ping is answered once", "protocol: Pings", needs=PONG)
async def ping_once(stage: AppServerStage) -> None:
    """A second pong is one for nothing."""
    sequence = stage.ping()
    await stage.expect(f"a pong for {sequence}", _pong(sequence))
    await stage.forbid(f"no second pong for {sequence}", _pong(sequence))


@check("ping.many", "20 pings at once are all answered", "protocol: Pings", needs=PONG)
async def ping_many(stage: AppServerStage) -> None:
    """As when the network was away for a while."""
    sequences = [stage.ping() for _ in range(20)]
    for sequence in sequences:
        await stage.expect(f"a pong for {sequence}", _pong(sequence))


@check(
    "ping.highest",
    "a ping with the highest number is answered with that",
    "protocol: PING, JAIN_PONG",
    needs=PONG,
)
async def ping_highest(stage: AppServerStage) -> None:
    """The number has 32 bits."""
    stage.send(Ping(sequence=HIGHEST))
    await stage.expect(f"a pong for {HIGHEST}", _pong(HIGHEST))


@check("frame.in-pieces", "an event may come byte by byte", "protocol: Frames", needs=ANSWER)
async def in_pieces(stage: AppServerStage) -> None:
    """TCP may cut anywhere."""
    call, data = _own(stage)
    for byte in data[:14]:
        stage.write(bytes((byte,)))
        await stage.pause(PIECE)
    stage.write(data[14:-1])
    await stage.pause(PIECE)
    stage.write(data[-1:])
    await _answered(stage, call)


@check("frame.several", "events in one write are all answered", "protocol: Frames", needs=ANSWER)
async def several(stage: AppServerStage) -> None:
    """TCP joins what is written apart."""
    made = [_own(stage, number) for number in range(5)]
    stage.write(b"".join(data for _, data in made))
    for call, _ in made:
        await _answered(stage, call)


@check(
    "frame.unknown-type", "an event of an unknown type is skipped", "protocol: Frames", needs=ANSWER
)
async def unknown_type(stage: AppServerStage) -> None:
    """What a newer proxy sends must not stop what follows."""
    stage.send(UnknownEvent(type=UNKNOWN_TYPE, payload=bytes(30)))
    await stage.works()


@check(
    "frame.unknown-flags",
    "flags that nobody knows are no obstacle",
    "protocol: Frames",
    needs=ANSWER,
)
async def unknown_flags(stage: AppServerStage) -> None:
    """They may come to mean something."""
    call, data = _own(stage, flags=0x100)
    stage.write(data)
    await _answered(stage, call)


@check(
    "frame.other-processor",
    "an event for a processor that it never bound does no harm",
    "protocol: Events, Bindings",
    needs=ANSWER,
)
async def other_processor(stage: AppServerStage) -> None:
    """Bindings of one before it are left in the proxy."""
    _, data = _own(stage, processor_id=99)
    stage.write(data)
    await stage.works()


@check(
    "frame.no-message", "an event without a message does no harm", "protocol: Events", needs=ANSWER
)
async def no_message(stage: AppServerStage) -> None:
    """It cannot be answered, and must not end anything."""
    stage.send(TReqIn(processor_id=1, **_RECEIVED, hash_index=1, label=2, payload=b""))
    await stage.lives()


@check(
    "frame.bad-index",
    "an index that points outside does no harm",
    "protocol: Headers index",
    needs=ANSWER,
)
async def bad_index(stage: AppServerStage) -> None:
    """Offsets are not to be trusted."""
    _, data = _own(stage)
    length = HEAD + INFO_SIZE  # of the request URI's structure; behind it the count of headers
    at = length + 1 + data[length] + 1
    stage.write(data[: at + 1] + b"\xff\xff" + data[at + 3 :])
    await stage.lives()


@check(
    "frame.cut-message",
    "a message that is cut short does no harm",
    "protocol: The encoded message",
    needs=ANSWER,
)
async def cut_message(stage: AppServerStage) -> None:
    """The frame is whole, what is in it is not."""
    _, data = _own(stage)
    cut = data[:-40]
    stage.write(len(cut).to_bytes(4, "big") + cut[4:])
    await stage.lives()


@check(
    "frame.garbage-text",
    "a message whose text is no SIP does no harm",
    "protocol: SIP text",
    needs=ANSWER,
)
async def garbage_text(stage: AppServerStage) -> None:
    """Structures that are right, and a text that is not."""
    _, data = _own(stage)
    at = data.find(b"OPTIONS sip:")
    stage.write(data[:at] + b"\0" * (len(data) - at))
    await stage.lives()


@check(
    "frame.stray-response",
    "a RES_IN for a request that it never sent is ignored",
    "protocol: Responses",
    needs=ANSWER,
)
async def stray_response(stage: AppServerStage) -> None:
    """As when it was restarted in between."""
    text = b"SIP/2.0 200 OK\r\n" + stage.make().partition(b"\r\n")[2]
    stage.write(
        stage.event_of(text, type=EventType.RES_IN, uac_id=0x7EEEEEEE, hash_index=1, label=2)
    )
    await stage.works()


@check(
    "frame.stray-timeout",
    "a faked 408 for a request that it never sent is ignored",
    "protocol: Responses",
    needs=ANSWER,
)
async def stray_timeout(stage: AppServerStage) -> None:
    """It has no message, no addresses and no ports."""
    received = dict(_RECEIVED, protocol=0, source_address=b"", destination_address=b"")
    faked = ResIn(
        processor_id=0,
        flags=FAKED_REPLY,
        **received,
        hash_index=1,
        label=2,
        uac_id=0x7EEEEEEE,
        status=408,
    )
    stage.send(faked)
    await stage.works()


@check(
    "frame.stray-failure",
    "an AC_RES_FAIL for an unknown action is ignored",
    "protocol: Failures",
    needs=ANSWER,
)
async def stray_failure(stage: AppServerStage) -> None:
    """It comes on the action socket and has neither processor id nor flags."""
    stage.send(AcResFail(uac_id=0x7EEEEEEE, error=-7, reason=b"no reason"))
    await stage.works()


@check(
    "frame.length-short",
    "a length below that of any head does no harm",
    "protocol: Frames",
    alone=True,
    needs=ANSWER,
)
async def length_short(stage: AppServerStage) -> None:
    """It may close the connection, if it comes again."""
    stage.write(bytes((0, 0, 0, 3, 2, 1, 0, 0, 0, 0)))
    await stage.pause(stage.quiet)
    await stage.lives()


@check(
    "frame.length-huge",
    "a length of 2 GiB does no harm",
    "protocol: Frames",
    alone=True,
    needs=ANSWER,
)
async def length_huge(stage: AppServerStage) -> None:
    """It must not wait for all of it, nor make room for it: close, come again, or look for the
    next frame."""
    stage.write(bytes((0x7F, 0xFF, 0xFF, 0xFF, 2, 1, 0, 0, 0, 0)))
    await stage.pause(stage.quiet)
    await stage.lives()


_RECEIVED: Final[dict[str, Any]] = {
    "protocol": 1,
    "source_address": bytes((192, 0, 2, 10)),
    "destination_address": bytes((127, 0, 0, 1)),
    "source_port": 5060,
    "destination_port": 5060,
}


def _own(stage: AppServerStage, number: int = 0, **how: object) -> tuple[Call, bytes]:
    """A request, and its event without a transaction of the proxy's behind it."""
    ids = 0x100 + number, int(stage.new_id()[-7:], 16)
    text = stage.make()
    data = stage.event_of(text, hash_index=ids[0], label=ids[1], **how)
    return Call(text, "OPTIONS", *ids), data


async def _answered(stage: AppServerStage, call: Call) -> None:
    """A reply by its numbers: which the proxy does not know, and says so."""

    def fits(item: object) -> did.Mistake | None:
        if isinstance(item, did.Mistake) and item.rule in ("reply-unknown", "reply-late"):
            ids = item.hash_index, item.label
            return item if ids == (call.hash_index, call.label) else None
        return None

    await stage.expect(f"a reply to the {call.method} of an event", fits)
