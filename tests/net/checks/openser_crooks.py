"""For each check of a proxy: what makes it fail."""

from __future__ import annotations

import errno

import openser_faults as wrong
from crooked_gateway import Crook
from openser_hooks import change, drop_action, end_at, is_reply, quirk, response, swallow

from seastool.net.link import reason_of
from seastool.seas.frames import AcCancel, JainPong, SlMsg, UacReq, Unbind
from seastool.seas.frames import UnknownAction as Unknown
from seastool.seas.openser.faults import Fault as F
from seastool.seas.types import Socket
from seastool.sip.hop import TCP

BY_PEER, BY_RESET = reason_of(None), reason_of(ConnectionResetError(errno.ECONNRESET, ""))
# Of these a check looks first whether it can take all bindings back.
UNBOUND = [
    *("bind.lone-unbind", "bind.several-in-one-write", "bind.in-pieces"),
    *("bind.most", "bind.unknown-type"),
]


def crooks() -> dict[str, Crook]:
    """New ones: some remember things."""
    return {
        "open.socket-info": Crook(twist=wrong.portless),
        "open.socket-labels": Crook(twist=wrong.labels),
        "open.name-taken": wrong.taken(),
        "open.name-length": Crook(twist=wrong.long_names),
        "open.again": wrong.slow_to_forget(BY_PEER),
        "open.after-reset": wrong.slow_to_forget(BY_RESET),
        "open.absent": wrong.absent(),
        "open.name-in-pieces": quirk(F.NAME_IN_ONE_PIECE),
        "bind.processor-id": Crook(event_out=wrong.processor),
        "bind.foreign-address": wrong.foreign(),
        "bind.unbind": Crook(
            action_in=drop_action(lambda frame: isinstance(frame, Unbind)),
            skips=UNBOUND,
        ),
        "bind.lone-unbind": quirk(F.LONE_UNBIND_WAITS),
        "bind.several-in-one-write": quirk(F.ONE_ACTION_PER_READ),
        "bind.in-pieces": Crook(bytes_in=wrong.one_byte(Socket.EVENT)),
        "bind.most": wrong.most(),
        "bind.unknown-type": quirk(F.UNKNOWN_EVENT_ACTION_BLOCKS),
        "request.event": Crook(sip_out=response(200, swallow(b"MESSAGE"))),
        "request.text": Crook(request_in=change(b"X-Odd:", b"X-Bad:")),
        "request.addresses": Crook(faults=["corrupt=source_port:9@T_REQ_IN"]),
        "request.ids": Crook(twist=wrong.high_index),
        "request.encoding": Crook(faults=["corrupt=EXPIRES.value:9@T_REQ_IN"]),
        "request.methods": Crook(event_out=wrong.code),
        "request.body": Crook(event_out=wrong.body),
        "request.content-length-zero": quirk(F.CONTENT_LENGTH_ZERO),
        # Nor has an ACK, a BYE or a CANCEL of the phone's one.
        "request.no-content-length": quirk(
            F.CONTENT_LENGTH_REQUIRED, "ack.of-2xx", "ack.of-failure", "call.bye", "cancel.in"
        ),
        "request.long-header": Crook(request_in=change(b"X-Long: x", b"X-Long: y", b"MESSAGE")),
        "request.too-big": Crook(request_in=lambda data: None if len(data) > 3200 else data),
        "request.limit": Crook(request_in=lambda data: None if 2300 < len(data) < 3200 else data),
        "request.stateless": Crook(
            request_in=change(b"Forwards: 70", b"Forwards: 69", b"MESSAGE sip:stateless@")
        ),
        "request.tcp": Crook(sip_out=lambda data, hop: None if hop.protocol == TCP else data),
        "request.repeated": Crook(faults=["duplicate@T_REQ_IN"]),
        "invite.trying": Crook(sip_out=response(100, swallow(b"INVITE"))),
        "invite.provisional": Crook(sip_out=response(180, change(b"tag=as", b"tag=no", b"INVITE"))),
        "reply.kept": Crook(sip_out=response(488, change(b"Not Like", b"Nothing!"))),
        "reply.copied": wrong.copied(),
        "reply.second-final": wrong.second_final(),
        "reply.headers-limit": Crook(action_in=drop_action(lambda f: is_reply(f, b"X-Before"))),
        "reply.headers-fit": Crook(
            action_in=drop_action(lambda f: is_reply(f, b"X-Long") and b"X-Before" not in f.text)
        ),
        "reply.patience": wrong.patience(),
        "ack.of-2xx": Crook(event_out=wrong.no_ack(4)),
        "ack.of-failure": Crook(event_out=wrong.no_ack(0)),
        "call.bye": Crook(request_in=swallow(b"BYE sip:")),
        "cancel.in": Crook(event_out=wrong.cancelled),
        "cancel.unmatched": Crook(sip_out=response(481, swallow(b"CANCEL"))),
        "uac.request": Crook(sip_out=change(b"X-One:", b"X-Two:", b"MESSAGE sip:phone")),
        "uac.final": quirk(F.FINAL_REPLIES_LOST),
        "uac.provisional": quirk(
            F.PROVISIONAL_REPLIES_LOST,
            skips=["uac.cancel", "kill.reply-to-own", "kill.cancel-without-length"],
        ),
        "uac.proxy-acks": wrong.acks(own=False),
        "uac.own-ack": wrong.acks(own=True),
        "uac.cancel": quirk(F.CANCEL_REPLIES_FAKED),
        "uac.failure": quirk(F.FAILURE_LENGTH_SWAPPED),
        "uac.headers-limit": Crook(
            action_in=drop_action(lambda f: isinstance(f, UacReq) and b"X-Long" in f.text)
        ),
        "uac.spiral": Crook(sip_out=change(b"X-WeSIP-SPIRAL", b"X-WeSIP-NOTHNG")),
        "stateless.request": Crook(
            action_in=lambda f: (
                setattr(f, "text", f.text.replace(b"Forwards: 70", b"Forwards: 69")) or f
                if isinstance(f, SlMsg)
                else f
            ),
        ),
        "stateless.response": quirk(F.STATELESS_RESPONSE_LOST),
        "action.in-pieces": Crook(bytes_in=wrong.one_byte(Socket.ACTION)),
        "action.several-in-one-write": Crook(bytes_in=wrong.first_of_three),
        "action.type-ignored": Crook(
            action_in=drop_action(lambda f: is_reply(f, b"SIP/2.0 200") and f.type == 1)
        ),
        "action.unknown-type": Crook(
            action_in=end_at(lambda f: isinstance(f, Unknown) and len(f.payload) == 20)
        ),
        "action.reserved-type": Crook(action_in=wrong.reserved),
        "action.longest": Crook(action_in=drop_action(lambda f: is_reply(f, b"x" * 3000))),
        "action.too-long": quirk(F.LONG_ACTION_CLOSES),
        "action.garbage-text": Crook(action_in=end_at(lambda f: is_reply(f, b"this is no SIP"))),
        "action.many": wrong.many(),
        "ping.form": Crook(event_out=wrong.ping(5, b"\1")),
        "ping.sequence": Crook(event_out=wrong.ping(10, b"\0\0\0\5")),
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
        "kill.many-replies": wrong.wears_out(),
        "kill.half-open": quirk(F.HALF_OPEN_SLOTS),
    }


CROOKS = crooks()
