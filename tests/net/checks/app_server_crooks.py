"""For each check of an application server: what makes it fail."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import app_server_faults as wrong
import app_server_openings as opening
from crooked_app_server import Crook

from seastool.interop.checks.app_server import SUITE
from seastool.net.link import reason_of
from seastool.seas.frames import AcResFail, ResIn, SlReqIn, TReqIn, UnknownEvent
from seastool.sip.parts import tag

BY_PEER, BY_RESET = reason_of(None), reason_of(ConnectionResetError(errno.ECONNRESET, ""))
# It looks at a whole call with all that a proxy can tell of it.
MISTAKES = ["reply.mistakes"]
# Only how it tries to connect can be seen of one that does not come as far as a binding.
NEVER_BOUND = [check.id for check in SUITE if not check.id.startswith("open.")]


def dies(fits: Callable[[Any], bool]) -> Crook:
    return Crook(event_in=wrong.dies_at_frame(fits))


def crooks() -> dict[str, Crook]:
    """New ones: some remember things."""
    found = {
        "open.names": Crook(twist=opening.name_changes, skips=NEVER_BOUND),
        "open.one-piece": Crook(faults=["split-hello=20ms"]),
        "open.apart": Crook(twist=opening.pause_nothing),
        "bind.sent": opening.one_more_bind("port", 9),
        "bind.processor": opening.one_more_bind("processor_id", 200),
        "bind.family": opening.bind("family", 3, lambda bind: len(bind.address) == 4),
        "bind.apart": Crook(twist=opening.joined_binds),
        "bind.most": Crook(twist=opening.more_binds),
        "bind.ipv6": opening.bind("family", 3, lambda bind: len(bind.address) == 16),
        "request.options": Crook(event_in=wrong.deaf(b"OPTIONS sip:")),
        "request.message": Crook(
            event_in=wrong.deaf(b"MESSAGE sip:", b"hello", b":5060>\r\nContent-Type")
        ),
        "request.register": Crook(event_in=wrong.deaf(b"REGISTER sip:", b":5060>\r\nExpires")),
        "request.invite": Crook(event_in=wrong.deaf(b"INVITE sip:")),
        "request.unknown-method": Crook(event_in=wrong.deaf(b"FROBNICATE")),
        "request.long-header": Crook(event_in=wrong.deaf(b"behind it")),
        "request.long-from": Crook(event_in=wrong.deaf(b"p" * 260)),
        "request.bytes": Crook(event_in=wrong.deaf(b"\xff\xfe\x80")),
        "request.folded": Crook(event_in=wrong.deaf(b"\r\ns: folded")),
        "request.many-headers": Crook(event_in=wrong.deaf(b"X-49: 49")),
        "request.big": Crook(event_in=wrong.deaf(b"x" * 2400)),
        "request.many": wrong.same_ids(),
        "request.repeated": wrong.dies_at_second(),
        "stateless.answered": Crook(event_in=wrong.deaf(b"OPTIONS sip:", kind=SlReqIn)),
        "stateless.ack": wrong.answers_ack(0, SlReqIn),
        "reply.to-tag": Crook(
            action_out=wrong.text(wrong.without_tag, b"SIP/2.0 180"),
            also=MISTAKES,
        ),
        "reply.one-tag": Crook(
            action_out=wrong.text(
                lambda data: data.replace((tag(data, "To") or "-").encode(), b"other"),
                b"SIP/2.0 180",
            ),
            also=MISTAKES,
        ),
        "reply.request-tag": Crook(
            action_out=wrong.text(lambda data: data.replace(b"tag=given", b"tag=taken"))
        ),
        "reply.once": Crook(action_out=wrong.twice),
        "reply.copied": Crook(action_out=wrong.text(wrong.wrong_call, b" OPTIONS\r")),
        "reply.type": Crook(action_out=wrong.other_type, also=MISTAKES),
        "reply.processor": Crook(action_out=wrong.processor),
        "reply.size": Crook(action_out=wrong.big),
        "reply.mistakes": Crook(
            action_out=wrong.text(lambda data: data + b"behind", b"SIP/2.0 200", b" BYE\r")
        ),
        "ack.of-2xx": wrong.answers_ack(4, also=MISTAKES),
        "ack.of-failure": wrong.answers_ack(0),
        "call.bye": Crook(event_in=wrong.deaf(b"BYE sip:", b"CSeq: 8"), also=MISTAKES),
        "call.stray-bye": Crook(event_in=wrong.deaf(b"BYE sip:", b"tag=nobody")),
        "cancel.answered": Crook(action_out=wrong.unsaid(b"SIP/2.0 200", b" CANCEL\r")),
        "cancel.ends-invite": Crook(action_out=wrong.unsaid(b"SIP/2.0 487")),
        "cancel.unknown": dies(lambda frame: getattr(frame, "cancelled_label", None) == 4),
        "ping.answered": Crook(faults=["drop@JAIN_PONG"]),
        "ping.once": Crook(faults=["duplicate@JAIN_PONG"]),
        "ping.many": Crook(bytes_in=wrong.all_but_one_ping),
        "ping.highest": Crook(bytes_in=lambda data: b"" if data[-4:] == b"\xff" * 4 else data),
        "frame.in-pieces": Crook(bytes_in=lambda data: b"" if len(data) == 1 else data),
        "frame.several": Crook(bytes_in=wrong.first_of_five),
        "frame.unknown-type": dies(lambda frame: isinstance(frame, UnknownEvent)),
        "frame.unknown-flags": dies(lambda frame: getattr(frame, "flags", 0) == 0x100),
        "frame.other-processor": dies(lambda frame: getattr(frame, "processor_id", 0) == 99),
        "frame.no-message": dies(lambda frame: isinstance(frame, TReqIn) and not frame.payload),
        "frame.bad-index": Crook(bytes_in=wrong.dies_at(b"\x01\xff\xff")),
        "frame.cut-message": dies(
            lambda frame: (
                isinstance(frame, TReqIn)
                and len(frame.payload) > 200
                and not frame.payload.endswith((b"\n", b"x", b"o", b"\0"))
            )
        ),
        "frame.garbage-text": dies(
            lambda frame: isinstance(frame, TReqIn) and frame.payload.endswith(b"\0" * 50)
        ),
        "frame.stray-response": dies(
            lambda frame: isinstance(frame, ResIn) and bool(frame.payload)
        ),
        "frame.stray-timeout": dies(lambda frame: isinstance(frame, ResIn) and not frame.payload),
        "frame.stray-failure": dies(lambda frame: isinstance(frame, AcResFail)),
        "frame.length-short": Crook(bytes_in=wrong.dies_at(bytes((0, 0, 0, 3, 2, 1, 0)))),
        "frame.length-huge": Crook(bytes_in=wrong.dies_at(b"\x7f\xff\xff\xff\2\1\0")),
        "again.after-close": opening.slow_to_return(BY_PEER),
        "again.after-reset": opening.slow_to_return(BY_RESET),
        "again.half": Crook(twist=opening.half_is_enough),
        "dialect.openser-1.2": wrong.deaf_to("openser-1.2.0"),
        "dialect.opensips-1.6": wrong.deaf_to("opensips-1.6.4"),
        "dialect.opensips-2.4": wrong.deaf_to("opensips-2.4.11"),
        "dialect.kamailio-3.1": wrong.deaf_to("kamailio-3.1.6"),
        "dialect.kamailio-5.6": wrong.deaf_to("kamailio-5.6.3"),
    }
    found["ack.of-failure"].behave = "reject 486"
    return found


CROOKS = crooks()
