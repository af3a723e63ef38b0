"""The prepared failures: each writes its capture, and names the cause that is to be told first.

``python tests/interop/doctor/prepared_failures.py`` writes them anew to ``prepared/``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from doctor_stage import (
    ACTION_PORT,
    CALLEE,
    EVENT_PORT,
    NAME,
    SIP,
    Stage,
    raw_capture,
    request,
    response,
    segment,
    without,
    without_packet,
)

from seastool.seas.codec import encode_frame
from seastool.seas.frames import AcCancel, Reply
from seastool.seas.openser import Settings
from seastool.seas.types import ActionType, Layout

FOLDER = Path(__file__).parent / "prepared"
LOST_EVENT = 24  # the packet of `two_calls` with the second INVITE's event
SYN, RST_ACK = 0x02, 0x14
OPENSER, OPENSIPS = "openser-1.3.0", "opensips-1.11.11"


class Prepared(NamedTuple):
    """One failure. cause: what is to be told first. also: what else there is."""

    name: str
    cause: str
    make: Callable[[], bytes]
    suffix: str


PREPARED: dict[str, Prepared] = {}


def failure(cause: str, name: str = "", suffix: str = "pcapng"):
    """Register a scene; its name is the cause's unless told."""

    def register(make):
        def capture() -> bytes:
            made = make()
            return made.finish() if isinstance(made, Stage) else made

        key = name or cause
        PREPARED[key] = Prepared(key, cause, capture, suffix)
        return make

    return register


# Opening


@failure("port-refused", suffix="pcap")
def port_refused() -> bytes:
    packets = [(0, segment(True, EVENT_PORT, SYN)), (1, segment(False, EVENT_PORT, RST_ACK))]
    return raw_capture(packets)


@failure("port-silent", suffix="pcap")
def port_silent() -> bytes:
    return raw_capture([(at, segment(True, EVENT_PORT, SYN)) for at in (0, 1000, 3000)])


@failure("one-socket-only")
def one_socket_only() -> Stage:
    stage = Stage()
    stage.connect(1, EVENT_PORT)
    stage.name(1)
    stage.wait(5)
    stage.ask(request())
    stage.wait(1)
    return stage


@failure("wrong-port")
def wrong_port() -> Stage:
    stage = Stage()
    for number in (1, 2):
        stage.connect(number, EVENT_PORT)
        stage.wait(0.1)
        stage.name(number)
        stage.wait(0.1)
    stage.ask(request())
    stage.wait(3)
    stage.ask(request("MESSAGE", call="c2"))
    return stage


@failure("name-not-said")
def name_not_said() -> Stage:
    stage = Stage()
    stage.connect(1, EVENT_PORT)
    stage.wait(0.1)
    stage.name(1)
    stage.wait(0.1)
    stage.connect(2, ACTION_PORT)
    stage.wait(3)
    stage.ask(request())
    return stage


@failure("name-not-said", "name-not-said-odd-ports")
def name_not_said_odd_ports() -> Stage:
    """Nothing but the name on the one port tells that the other one is of SEAS too."""
    stage = Stage()
    for number in (1, 3):
        stage.connect(number, 21710)
        stage.wait(0.1)
        stage.name(number)
        stage.wait(0.1)
        stage.connect(number + 1, 21711)
        stage.wait(2)
        stage.close(number)
        stage.close(number + 1)
    stage.wait(1)
    stage.ask(request())
    stage.wait(1)
    return stage


def _named(first: bytes, second: bytes, *, pause: float = 0.1) -> Stage:
    stage = Stage()
    stage.connect(1, EVENT_PORT)
    stage.wait(pause)
    stage.name(1, first)
    stage.wait(pause)
    stage.connect(2, ACTION_PORT)
    stage.wait(pause)
    stage.name(2, second)
    stage.wait(3)
    stage.ask(request())
    stage.wait(1)
    return stage


@failure("name-in-pieces")
def name_in_pieces() -> Stage:
    stage = Stage()
    stage.connect(1, EVENT_PORT)
    stage.wait(0.1)
    stage.say(1, bytes([len(NAME)]))
    stage.wait(0.1)
    stage.say(1, NAME)
    stage.connect(2, ACTION_PORT)
    stage.wait(0.1)
    stage.say(2, bytes([len(NAME)]))
    stage.say(2, NAME)
    stage.wait(3)
    stage.ask(request())
    return stage


@failure("name-mismatch")
def name_mismatch() -> Stage:
    return _named(b"app_server_1", b"app_server_2")


@failure("name-too-long")
def name_too_long() -> Stage:
    return _named(b"app_server_number_1", b"app_server_number_1")


@failure("name-unknown")
def name_unknown() -> Stage:
    return _named(b"App_Server_1", b"App_Server_1")


@failure("opening-race")
def opening_race() -> Stage:
    return _named(NAME, NAME, pause=0.001)


@failure("name-taken")
def name_taken() -> Stage:
    stage = Stage()
    stage.open()
    stage.ping(1)
    for number, port in ((3, EVENT_PORT), (4, ACTION_PORT)):
        stage.connect(number, port)
        stage.wait(0.1)
        stage.name(number)
        stage.wait(0.1)
    stage.wait(2)
    return stage


# Binding


@failure("layout-mismatch")
def layout_mismatch() -> Stage:
    stage = Stage()
    stage.open(bind=False)
    stage.act(stage.bind(), Layout.A)
    stage.wait(0.5)
    stage.ask(request())
    stage.wait(2)
    return stage


@failure("layout-mismatch", "layout-mismatch-replies")
def layout_mismatch_replies() -> Stage:
    stage = Stage(OPENSER)
    stage.open()
    sip = request()
    stage.ask(sip)
    event = stage.events[-1]
    reply = Reply(
        type=ActionType.REPLY_FIN,
        processor_id=1,
        hash_index=event.hash_index,
        label=event.label,
        text=response(sip, 200),
    )
    stage.act(reply, Layout.B)
    stage.wait(0.5)
    stage.ask(sip)
    stage.wait(6)
    return stage


@failure("bind-missing")
def bind_missing() -> Stage:
    stage = Stage()
    stage.open(bind=False)
    stage.ask(request())
    stage.wait(2)
    return stage


@failure("bind-socket", "bind-wildcard")
def bind_wildcard() -> Stage:
    stage = Stage()
    stage.open(bind=False)
    stage.act(stage.bind("0.0.0.0"))
    stage.wait(0.5)
    stage.ask(request())
    stage.wait(2)
    return stage


@failure("bind-processor")
def bind_processor() -> Stage:
    stage = Stage()
    stage.open(bind=False)
    stage.act(stage.bind(processor=200))
    stage.wait(0.5)
    stage.ask(request())
    stage.wait(2)
    return stage


@failure("bind-held-back")
def bind_held_back() -> Stage:
    stage = Stage(OPENSER, ports=(5060, 5062))
    stage.open(bind=False)
    two = [encode_frame(stage.bind(port=port), Layout.A) for port in (5060, 5062)]
    stage.say(1, b"".join(two))
    stage.follow(stage.proxy.action(stage.bind(), stage.now))
    stage.wait(0.5)
    sip = request()
    stage.ask(sip)
    stage.reply(sip, 200)
    stage.wait(1)
    return stage


# What is written


def _answered(server: str = "kamailio-5.6.3") -> Stage:
    stage = Stage(server)
    stage.open()
    stage.ping(1)
    stage.call()
    stage.wait(0.5)
    return stage


@failure("action-length-zero")
def action_length_zero() -> Stage:
    stage = _answered()
    stage.say(2, bytes(4))
    stage.wait(0.5)
    sip = request(call="c2")
    stage.ask(sip)
    stage.say(2, encode_frame(_reply(stage, sip), Layout.B))
    stage.wait(6)
    return stage


def _reply(stage: Stage, sip: bytes, status: int = 200, text: bytes = b"") -> Reply:
    event = stage.events[-1]
    return Reply(
        type=ActionType.REPLY_FIN,
        processor_id=1,
        hash_index=event.hash_index,
        label=event.label,
        text=text or response(sip, status),
    )


@failure("length-field")
def length_field() -> Stage:
    stage = _answered()
    sip = request(call="c2")
    stage.ask(sip)
    frame = encode_frame(_reply(stage, sip), Layout.B)
    stage.say(2, (len(frame) - 4).to_bytes(4, "big") + frame[4:])
    stage.wait(0.5)
    stage.say(2, frame)
    stage.wait(6)
    return stage


@failure("action-too-long")
def action_too_long() -> Stage:
    stage = _answered()
    sip = request(call="c2")
    stage.ask(sip)
    text = response(sip, 200, more="Content-Type: text/plain\r\nContent-Length: 4100\r\n")
    stage.say(2, encode_frame(_reply(stage, sip, text=text + b"x" * 4100), Layout.B))
    stage.wait(0.1)
    stage.close(2, by_proxy=True)
    stage.close(1, by_proxy=True)
    stage.wait(6)
    return stage


@failure("action-too-long", "action-too-long-unfinished")
def action_too_long_unfinished() -> Stage:
    """A length of 5000 in front of a shorter action: all that is written later is taken for a part
    of it, and it never ends. Nobody was silent."""
    stage = _answered()
    first = request("INVITE", call="c2")
    stage.ask(first)
    stage.reply(first, 180, "Ringing")
    frame = encode_frame(_reply(stage, first), Layout.B)
    stage.say(2, (5000).to_bytes(4, "big") + frame[4:])
    second = request(call="c3")
    stage.ask(second)
    stage.say(2, encode_frame(_reply(stage, second), Layout.B))
    stage.wait(8)
    stage.ask(request("CANCEL", call="c2", branch="z9hG4bK-c2-2-invite", length=""))
    stage.wait(1)
    return stage


@failure("event-undecodable")
def event_undecodable() -> Stage:
    stage = _answered()
    good = bytearray(stage.events[0].frame)
    good[11] = 200  # the length of the source address
    stage.hear(1, bytes(good))
    stage.wait(1)
    return stage


@failure("action-undecodable")
def action_undecodable() -> Stage:
    stage = _answered()
    stage.say(2, (14).to_bytes(4, "big") + bytes([2, 1]) + bytes(8))
    stage.wait(1)
    return stage


@failure("event-socket-blocked")
def event_socket_blocked() -> Stage:
    stage = Stage()
    stage.open(bind=False)
    pong = (14).to_bytes(4, "big") + bytes([8, 1]) + bytes(8)
    stage.say(1, pong)
    stage.wait(0.2)
    stage.say(1, encode_frame(stage.bind(), Layout.B))
    stage.wait(0.5)
    stage.ask(request())
    stage.wait(1)
    return stage


# Messages


def _refused(server: str, sip: bytes, **options) -> Stage:
    stage = Stage(server, **options)
    stage.open()
    good = request("MESSAGE", call="good")
    stage.ask(good)
    stage.reply(good, 200)
    stage.wait(0.2)
    stage.ask(sip)
    stage.wait(2)
    return stage


@failure("content-length-zero")
def content_length_zero() -> Stage:
    return _refused("kamailio-5.6.3", request(body=b""))


@failure("content-length-missing")
def content_length_missing() -> Stage:
    return _refused(OPENSIPS, request(length=""))


@failure("uri-too-long")
def uri_too_long() -> Stage:
    return _refused("kamailio-5.6.3", request(uri=f"sip:{'b' * 300}@192.0.2.1"))


@failure("event-too-long")
def event_too_long() -> Stage:
    more = "".join(f"X-Long-{i}: {'x' * 190}\r\n" for i in range(13))
    return _refused("kamailio-5.6.3", request(more=more))


@failure("two-accepts")
def two_accepts() -> Stage:
    more = "Accept: application/sdp\r\nAccept: text/plain\r\n"
    stage = _refused("kamailio-5.6.3", request())
    stage.reply(request(), 200)
    stage.ask(request(call="c2", more=more), lost=True)
    for number in (1, 2):
        stage.close(number, by_proxy=True, reset=True)
    stage.wait(2)
    return stage


@failure("header-unparsable")
def header_unparsable() -> Stage:
    return _refused(OPENSER, request(more="Refer-To: <mailto:a@example.com>\r\nExpires: soon\r\n"))


# Requests


@failure("as-not-connected")
def as_not_connected() -> Stage:
    stage = _answered()
    for number in (1, 2):
        stage.close(number)
        stage.close(number, by_proxy=True)
    stage.connected = False
    stage.wait(1)
    stage.ask(request(call="c2"))
    stage.wait(2)
    return stage


@failure("cancel-unmatched")
def cancel_unmatched() -> Stage:
    stage = Stage()
    stage.open()
    invite = request("INVITE")
    stage.ask(invite)
    stage.reply(invite, 180, "Ringing")
    stage.wait(1)
    stage.ask(request("CANCEL", branch="z9hG4bK-another", length=""))
    stage.wait(1)
    stage.reply(invite, 486, "Busy Here")
    stage.ask(request("ACK", branch="z9hG4bK-call-1-2-invite", to_tag="b1", length="", body=b""))
    stage.wait(1)
    return stage


@failure("as-silent", "as-silent-cancelled")
def as_silent_cancelled() -> Stage:
    """The caller gives up when the proxy has dropped the call: its CANCEL gets 500, but not for
    its length of 0."""
    stage = _answered()
    stage.ask(request("INVITE", call="c2"))
    stage.wait(8)
    branch = "z9hG4bK-c2-2-invite"
    stage.ask(request("CANCEL", call="c2", branch=branch, body=b""))
    stage.wait(1)
    return stage


@failure("event-missing", "event-missing-mended")
def event_missing_mended() -> Stage:
    """A script that takes the length of 0 away: another one is not refused for it."""
    stage = _answered()
    plain, sent = request(call="c2", body=b"", length=""), request(call="c2", body=b"")
    stage.tell_in(sent)
    stage.hand_over(plain)
    stage.reply(plain, 200)
    stage.tell_in(request(call="c3", body=b""))
    stage.tell(
        response(
            request(call="c3"),
            500,
            "Server Internal Error!",
            more="Server: kamailio (5.6.3 (x86_64/linux))\r\n",
        )
    )
    stage.wait(1)
    return stage


@failure("event-missing")
def event_missing() -> Stage:
    stage = _answered()
    sip = request(call="c2")
    stage.ask(sip, lost=True)
    stage.tell(
        response(
            sip, 500, "Server Internal Error!", more="Server: kamailio (5.6.3 (x86_64/linux))\r\n"
        )
    )
    stage.wait(1)
    return stage


@failure("request-ignored")
def request_ignored() -> Stage:
    stage = _answered()
    stage.ask(request("PUBLISH", call="c2"), lost=True)
    stage.wait(2)
    return stage


@failure("as-silent")
def as_silent() -> Stage:
    stage = _answered()
    sip = request(call="c2")
    for pause in (0.5, 1, 2, 4):
        stage.ask(sip)
        stage.wait(pause)
    return stage


@failure("as-left")
def as_left() -> Stage:
    stage = _answered()
    stage.ask(request("INVITE", call="c2"))
    stage.wait(0.3)
    for number in (1, 2):
        stage.close(number)
        stage.close(number, by_proxy=True)
    stage.wait(8)
    return stage


@failure("as-left", "as-left-killed")
def as_left_killed() -> Stage:
    """Its kernel closes one socket, the proxy answers on the other one before that is closed too,
    and the caller hears of nobody."""
    stage = _answered()
    invite = request("INVITE", call="c2")
    stage.ask(invite)
    stage.reply(invite, 180, "Ringing")
    stage.wait(1)
    stage.close(2)
    stage.close(1, by_proxy=True)
    stage.close(1)
    stage.connected = False
    stage.wait(7)
    for _ in range(2):
        stage.ask(request("CANCEL", call="c2", branch="z9hG4bK-c2-2-invite", length=""))
        stage.wait(0.5)
    stage.wait(1)
    return stage


@failure("as-left", "as-left-between")
def as_left_between() -> Stage:
    """No request was open when it reset its socket, but the call was: its BYE finds nobody."""
    stage = _answered()
    stage.close(2, reset=True)
    stage.close(1, by_proxy=True)
    stage.close(1)
    stage.connected = False
    stage.wait(1)
    stage.ask(request("BYE", cseq=3, to_tag="b1", length="", body=b""))
    stage.wait(1)
    return stage


@failure("proxy-left", "proxy-left-killed")
def proxy_left_killed() -> Stage:
    """The calls that rang stay unanswered; the application server closes what the proxy left."""
    stage = _answered()
    invite = request("INVITE", call="c2")
    stage.ask(invite)
    stage.reply(invite, 180, "Ringing")
    for number in (2, 1):
        stage.close(number, by_proxy=True)
    for number in (2, 1):
        stage.close(number)
    stage.wait(8)
    return stage


@failure("proxy-left")
def proxy_left() -> Stage:
    stage = _answered()
    sip = request(call="c2")
    stage.ask(sip)
    for number in (2, 1):
        stage.close(number, by_proxy=True, reset=True)
    stage.wait(8)
    return stage


# Replies


@failure("reply-late")
def reply_late() -> Stage:
    stage = Stage()
    stage.open()
    invite = request("INVITE")
    stage.ask(invite)
    stage.reply(invite, 180, "Ringing")
    stage.wait(6)
    stage.reply(invite, 200)
    stage.wait(2)
    return stage


@failure("reply-unknown")
def reply_unknown() -> Stage:
    stage = Stage()
    stage.open()
    sip = request()
    stage.ask(sip)
    reply = _reply(stage, sip)
    reply.label += 1
    stage.act(reply)
    stage.wait(2)
    return stage


@failure("reply-second-final")
def reply_second_final() -> Stage:
    stage = Stage()
    stage.open()
    invite = request("INVITE")
    stage.ask(invite)
    stage.reply(invite, 486, "Busy Here")
    stage.wait(0.1)
    stage.reply(invite, 200)
    stage.wait(1)
    return stage


@failure("reply-without-tag")
def reply_without_tag() -> Stage:
    stage = Stage()
    stage.open()
    invite = request("INVITE")
    stage.ask(invite)
    stage.reply(invite, 200, to_tag="")
    stage.wait(1)
    return stage


@failure("reply-without-to")
def reply_without_to() -> Stage:
    stage = Stage()
    stage.open()
    sip = request()
    stage.ask(sip)
    text = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h\r\nCall-ID: call-1\r\nCSeq: 2 OPTIONS\r\n\r\n"
    stage.act(_reply(stage, sip, text=text))
    stage.wait(1)
    return stage


@failure("reply-not-sent")
def reply_not_sent() -> Stage:
    stage = _answered()
    sip = request(call="c2")
    stage.ask(sip)
    stage.say(2, encode_frame(_reply(stage, sip), Layout.B))
    for pause in (0.5, 1, 2):
        stage.wait(pause)
        stage.ask(sip, lost=True)
    return stage


@failure("reply-not-sent", "reply-not-sent-tcp")
def reply_not_sent_tcp() -> Stage:
    """Nothing is sent again over TCP: the missing response is all there is."""
    stage = _answered()
    stage.dial(9)
    for number in range(2):
        sip = request(call=f"tcp-{number}")
        stage.ask_by_tcp(9, sip)
        stage.say(2, encode_frame(_reply(stage, sip), Layout.B))
        stage.wait(0.1)
    stage.wait(6)
    return stage


@failure("headers-too-long")
def headers_too_long() -> Stage:
    stage = Stage()
    stage.open()
    sip = request()
    stage.ask(sip)
    more = "".join(f"X-Header-{i}: {'y' * 200}\r\n" for i in range(7))
    stage.reply(sip, 200, more=more)
    stage.wait(1)
    return stage


@failure("body-length")
def body_length() -> Stage:
    stage = Stage()
    stage.open()
    sip = request()
    stage.ask(sip)
    text = response(sip, 200, more="Content-Type: text/plain\r\nContent-Length: 3\r\n") + b"12345"
    stage.act(_reply(stage, sip, text=text))
    stage.wait(1)
    return stage


# Requests of the application server's


def _own(method: str = "INVITE", cseq: int = 2, **more) -> bytes:
    more = {"call": "own-1", "uri": "sip:callee@192.0.2.11:5072", "body": b"", "length": ""} | more
    return request(method, cseq=cseq, **more)


@failure("uac-from-tag")
def uac_from_tag() -> Stage:
    stage = Stage()
    stage.open()
    stage.uac(_own("MESSAGE", from_tag=""))
    stage.wait(1)
    return stage


@failure("uac-cseq-one")
def uac_cseq_one() -> Stage:
    stage = Stage()
    stage.open()
    stage.uac(_own("OPTIONS", cseq=1))
    stage.wait(1)
    return stage


@failure("uac-headers-missing")
def uac_headers_missing() -> Stage:
    stage = Stage()
    stage.open()
    text = _own("MESSAGE").replace(b"Call-ID: own-1\r\n", b"")
    stage.uac(text)
    stage.wait(1)
    return stage


@failure("uac-final-lost")
def uac_final_lost() -> Stage:
    stage = Stage()
    stage.open()
    stage.uac(_own("OPTIONS"))
    stage.wait(0.1)
    stage.answer(200)
    stage.wait(3)
    return stage


@failure("uac-final-lost", "uac-final-lost-between")
def uac_final_lost_between() -> Stage:
    """Between two parties: the caller waits for what the application server waits for in vain, and
    the callee for an ACK of which nobody could know."""
    stage = Stage()
    stage.open()
    invite = request("INVITE")
    stage.ask(invite)
    stage.reply(invite, 180, "Ringing")
    stage.uac(_own())
    for pause in (0.5, 1, 2, 4):
        stage.answer(200)
        stage.wait(pause)
    stage.wait(2)
    return stage


@failure("uac-provisional-lost")
def uac_provisional_lost() -> Stage:
    stage = Stage()
    stage.open()
    stage.uac(_own())
    stage.wait(0.1)
    stage.answer(180, "Ringing")
    stage.wait(3)
    return stage


@failure("uac-timed-out")
def uac_timed_out() -> Stage:
    stage = Stage(OPENSER, settings=Settings(fr_timer=4))
    stage.open()
    stage.uac(_own("OPTIONS"))
    sent = stage.sent[-1]
    for pause in (0.5, 1, 2):
        stage.wait(pause)
        stage.tell(sent, to=CALLEE)
    stage.wait(3)
    return stage


@failure("uac-ack-missing")
def uac_ack_missing() -> Stage:
    stage = Stage(OPENSER)
    stage.open()
    stage.uac(_own())
    for _ in range(4):
        stage.wait(0.5)
        stage.answer(200)
    stage.wait(8)
    return stage


@failure("action-failed")
def action_failed() -> Stage:
    stage = Stage(OPENSIPS, settings=Settings(resolves=lambda uri: False))
    stage.open()
    stage.uac(_own("OPTIONS", uri="sip:callee@nowhere.invalid"))
    stage.wait(1)
    return stage


@failure("sl-response")
def sl_response() -> Stage:
    stage = Stage()
    stage.open()
    stage.stateless(response(request("MESSAGE"), 200))
    stage.wait(1)
    return stage


@failure("cancel-too-late")
def cancel_too_late() -> Stage:
    stage = Stage(OPENSER)
    stage.open()
    stage.uac(_own())
    stage.answer(180, "Ringing")
    event = stage.events[-1]
    stage.wait(1)
    stage.answer(200)
    stage.uac(_own("ACK", call="own-1"), uac_id=81)
    stage.wait(0.2)
    stage.act(
        AcCancel(
            processor_id=1,
            uac_id=82,
            hash_index=event.hash_index,
            label=event.label,
            text=_own("CANCEL"),
        )
    )
    stage.wait(1)
    return stage


# The network


@failure("request-loops")
def request_loops() -> Stage:
    stage = Stage()
    stage.open()
    stage.ask(request())
    for i in range(6):
        stage.ask(request(branch=f"z9hG4bK-round-{i}"), caller=SIP)
    stage.wait(1)
    return stage


@failure("ack-kept-back")
def ack_kept_back() -> Stage:
    stage = Stage(OPENSIPS)
    stage.open()
    invite = request("INVITE")
    stage.ask(invite)
    stage.uac(_own())
    stage.answer(200, more="Content-Length: 0\r\n")
    stage.reply(invite, 200, at=0)
    stage.ask(request("ACK", to_tag="b1"))
    for pause in (0.5, 1, 2, 4):
        stage.wait(pause)
        stage.answer(200, more="Content-Length: 0\r\n")
    stage.wait(8)
    return stage


def _acknowledged_late(length: str = "") -> Stage:
    stage = Stage()
    stage.open()
    invite = request("INVITE")
    stage.ask(invite)
    stage.reply(invite, 180, "Ringing")
    stage.reply(invite, 200, more="Server: kamailio (5.6.3 (x86_64/linux))\r\n")
    stage.wait(0.1 if length else 8)
    stage.ask(request("ACK", to_tag="b1", body=b"", length=length))
    bye = request("BYE", cseq=3, to_tag="b1", body=b"", length="")
    stage.ask(bye)
    stage.reply(bye, 200)
    stage.wait(1)
    return stage


@failure("ack-unseen")
def ack_unseen() -> Stage:
    """The ACK comes when the proxy has forgotten the call."""
    return _acknowledged_late()


@failure("ack-unseen", "ack-unseen-length")
def ack_unseen_length() -> Stage:
    """The ACK comes in time, and does not encode."""
    return _acknowledged_late("Content-Length: {}\r\n")


@failure("ack-missing")
def ack_missing() -> Stage:
    stage = Stage()
    stage.open()
    invite = request("INVITE")
    stage.ask(invite)
    stage.reply(invite, 200)
    for pause in (0.5, 1, 2):
        stage.wait(pause)
        stage.tell(response(invite, 200))
    return stage


@failure("pings-lost")
def pings_lost() -> Stage:
    stage = Stage()
    stage.open()
    stage.ping(1)
    for sequence in (2, 3, 4):
        stage.wait(2)
        stage.ping(sequence, pong=None)
    stage.wait(4)
    return stage


@failure("pings-lost", "pong-unknown")
def pong_unknown() -> Stage:
    stage = Stage()
    stage.open()
    stage.ping(1)
    stage.wait(2)
    stage.ping(2, pong=0)
    stage.wait(4)
    return stage


@failure("capture-incomplete")
def capture_incomplete() -> bytes:
    """The event of the second call is missing: the reply to it is to no unknown transaction."""
    return without_packet(two_calls().finish(), LOST_EVENT)


@failure("capture-one-sided")
def capture_one_sided() -> bytes:
    """Without the event port: no reply of good traffic is to an unknown transaction."""
    return without(two_calls().finish(), lambda number, ends: EVENT_PORT in ends)


@failure("capture-one-sided", "capture-one-sided-direction")
def capture_one_sided_direction() -> bytes:
    """Without what the proxy sent by TCP."""
    return without(two_calls().finish(), lambda number, ends: ends[0] in (EVENT_PORT, ACTION_PORT))


@failure("capture-one-sided", "capture-one-sided-actions")
def capture_one_sided_actions() -> bytes:
    """Without the action port: that nothing was replied is not shown."""
    stage = two_calls()
    stage.wait(8)
    return without(stage.finish(), lambda number, ends: ACTION_PORT in ends)


def two_calls() -> Stage:
    stage = _answered()
    stage.call("c2")
    stage.wait(1)
    stage.ping(2)
    return stage


@failure("retransmissions")
def retransmissions() -> Stage:
    stage = Stage()
    stage.open()
    sip = request()
    stage.ask(sip)
    stage.wait(0.6)
    stage.ask(sip)
    stage.wait(0.1)
    stage.reply(sip, 200)
    stage.wait(2)
    return stage


# Messages: a server, and the cause for which it refuses the text, or what is to be said besides.


class PreparedMessage(NamedTuple):
    """A message that does not get through, or not as it should."""

    name: str
    server: str
    cause: str
    is_taken: bool
    sip: bytes


def _response(status: int) -> bytes:
    return response(_own("OPTIONS"), status)


def _without(header: str) -> bytes:
    lines = request().split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.startswith(header.encode()))


_LONG = "x" * 250
MESSAGES = [
    PreparedMessage(name, server, cause, is_taken, sip)
    for name, server, cause, is_taken, sip in (
        ("length-zero", "kamailio-5.6.3", "content-length-zero", False, request(body=b"")),
        (
            "length-zero-response",
            "kamailio-5.6.3",
            "content-length-zero",
            False,
            response(_own("OPTIONS"), 200, more="Content-Length: 0\r\n"),
        ),
        ("length-missing", "opensips-2.4", "content-length-missing", False, request(length="")),
        (
            "two-accepts",
            "openser-1.2.0",
            "two-accepts",
            False,
            request(more="Accept: application/sdp\r\nAccept: text/plain\r\n"),
        ),
        (
            "basic-credentials",
            "kamailio-5.6.3",
            "other-scheme",
            False,
            request(more="Authorization: Basic QWxhZGRpbjpvcGVu\r\n"),
        ),
        (
            "long-event",
            "kamailio-5.6.3",
            "event-too-long",
            False,
            request(more="".join(f"X-{i}: {_LONG}\r\n" for i in range(11))),
        ),
        (
            "long-event-unchecked",
            "openser-1.3.0",
            "event-overruns",
            True,
            request(more="".join(f"X-{i}: {_LONG}\r\n" for i in range(11))),
        ),
        (
            "long-header",
            "openser-1.2.0-dev15",
            "long-header",
            False,
            request(more=f"X-Long: {_LONG}\r\n"),
        ),
        (
            "long-uri",
            "kamailio-5.6.3",
            "uri-too-long",
            False,
            request(uri=f"sip:{_LONG}@example.com"),
        ),
        (
            "other-scheme-uri",
            "kamailio-5.6.3",
            "uri-refused",
            False,
            request(uri="im:bob@example.com"),
        ),
        (
            "start-line",
            "kamailio-5.6.3",
            "start-line",
            False,
            request().replace(b" SIP/2.0\r\n", b" SIP/3.0\r\n", 1),
        ),
        (
            "unfinished",
            "kamailio-5.6.3",
            "headers-unfinished",
            False,
            request().partition(b"\r\n\r\n")[0] + b"\r\n",
        ),
        ("no-via", "kamailio-4.4.7", "via-missing", False, _without("Via")),
        ("no-call-id", "kamailio-5.6.3", "header-missing", False, _without("Call-ID")),
        ("no-from-early", "openser-1.3.0", "header-missing", False, _without("From")),
        ("two-cseq", "kamailio-5.6.3", "header-twice", False, request(more="CSeq: 2 OPTIONS\r\n")),
        (
            "odd-content-type",
            "openser-1.3.0",
            "content-type",
            False,
            request().replace(b"application/sdp", b"application/vnd.3gpp.sms"),
        ),
        (
            "odd-contact",
            "kamailio-5.6.3",
            "header-unparsable",
            False,
            request().replace(b"<sip:alice@192.0.2.10:5070>", b"<mailto:alice@example.com>"),
        ),
        ("final-response", "kamailio-5.6.3", "final-not-reported", False, _response(200)),
        ("ringing", "kamailio-5.6.3", "provisional-not-reported", False, _response(180)),
        ("trying", "openser-1.3.0", "trying-not-reported", False, _response(100)),
        ("cancel", "kamailio-5.6.3", "cancel-needs-invite", True, request("CANCEL")),
        ("ack", "opensips-1.11.11", "ack-not-reported", True, request("ACK")),
        (
            "long-contact",
            "kamailio-5.6.3",
            "structure-bare",
            True,
            request().replace(
                b"<sip:alice@192.0.2.10:5070>", b"<sip:alice@192.0.2.10:5070>;x=" + b"y" * 240
            ),
        ),
    )
]


def files() -> dict[str, bytes]:
    """Every file of the folder, by its name."""
    found = {f"{one.name}.{one.suffix}": one.make() for one in PREPARED.values()}
    return found | {f"{one.name}.sip": one.sip for one in MESSAGES}


def main() -> None:
    """Write all files anew."""
    FOLDER.mkdir(exist_ok=True)
    for name, data in files().items():
        (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()
