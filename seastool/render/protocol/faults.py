"""The faults of real servers as tables in Markdown: what they do, who has them, what helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from seastool.render.protocol.servers import held_by
from seastool.seas.openser.behaviour import Behaviour
from seastool.seas.openser.faults import FAULTS, Fault, FaultInfo

F = Fault
_SCRIPT: Final = "in the script, before `as_relay_t()`: "
WAYS_ROUND: Final[dict[Fault, str]] = {
    F.CONTENT_LENGTH_ZERO: f'{_SCRIPT}`remove_hf("Content-Length"); msg_apply_changes();` '
    "(module textopsx); the same in `onreply_route`",
    F.CONTENT_LENGTH_REQUIRED: "have the sender write Content-Length, over UDP too",
    F.FINAL_REPLIES_LOST: "nothing in the configuration: another server, or a mended module",
    F.PROVISIONAL_REPLIES_LOST: '`modparam("tm", "pass_provisional_replies", 1)`',
    F.CANCEL_REPLIES_FAKED: "take this 408 for no answer: the CANCEL may well have had its 200",
    F.FAILURE_LENGTH_SWAPPED: "write requests that do not fail: From with a tag, To, Call-ID, CSeq",
    F.STATELESS_RESPONSE_LOST: "relay by `as_relay_t()` and answer by `REPLY_FIN`",
    F.SOCKETS_LABELLED_UDP: "bind once for each address, by UDP: requests are told apart by "
    "the address alone",
    F.LONG_ACTION_CLOSES: "send less: a shorter body, fewer headers",
    F.UNKNOWN_EVENT_ACTION_BLOCKS: "write nothing but BIND and UNBIND to the event socket",
    F.ONE_ACTION_PER_READ: "one write for each BIND and UNBIND, 100 ms apart",
    F.LENGTH_SIGN_EXTENDED: "no BIND of a SIP socket is as long",
    F.LONE_UNBIND_WAITS: "make it 11 bytes: write a spare one, and count it in the length",
    F.NAME_IN_ONE_PIECE: "write length and name with one call",
    F.HALF_OPEN_SLOTS: "no probes of the two ports by load balancers and monitors; restart the "
    "proxy",
    F.TWO_ACCEPTS_KILL: f'{_SCRIPT}`remove_hf("Accept"); msg_apply_changes();` where there is more '
    "than one",
    F.OTHER_SCHEME_KILLS: f"{_SCRIPT}remove Authorization and Proxy-Authorization of other schemes",
    F.ACK_CRASH: "nothing known but another version",
    F.REPLY_UNKNOWN_CRASH: "answer each event once, in time, with its own ids",
    F.REPLY_WITHOUT_TO_CRASH: "copy To from the request into every reply",
    F.REPLY_TO_UAC_CRASH: "reply to T_REQ_IN only, never with the ids of a RES_IN",
    F.STATELESS_WITHOUT_VIA_CRASH: "put a Via on top of every `SL_MSG`",
    F.MEMORY_CORRUPTION: "start it with `-x tlsf`, which bears it longer, and give tm a long "
    "`default_reason`, as [kamailio.cfg](../seastool/testing/kamailio.cfg) does",
    F.ACTION_LENGTH_ZERO_LOOPS: "never write a length below that of a head",
    F.SPINNING_RACE: "connect and say the names one after the other ([Opening](#opening))",
}
"""What helps against each: of the configuration, the script, or the application server."""


def of_messages() -> Iterator[str]:
    """Those that show in messages and transactions."""
    return _table(lambda info: not info.ends and info.read is None)


def of_connections() -> Iterator[str]:
    """Those that show in what is read from the two sockets."""
    return _table(lambda info: not info.ends and info.read is not None)


def that_end() -> Iterator[str]:
    """Those that end a server or one of its processes."""
    return _table(lambda info: info.ends)


def effect(info: FaultInfo) -> str:
    """What happens, without the cure that some have in brackets."""
    return info.doc.partition(" (cure: ")[0]


def _table(belongs: Callable[[FaultInfo], bool]) -> Iterator[str]:
    yield "| fault | what happens | servers | what helps |\n|---|---|---|---|\n"
    for fault, info in FAULTS.items():
        if belongs(info):
            who = held_by(partial(_is_known, fault))
            yield f"| `{fault.value}` | {effect(info)} | {who} | {WAYS_ROUND[fault]} |\n"
    yield "\n"


def _is_known(fault: Fault, one: Behaviour) -> bool:
    return fault in one.known
