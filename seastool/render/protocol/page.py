"""The whole page: page.md with what is made of the declarations in place of {{...}}."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Final

from seastool.render.protocol import dialects, faults, limits, ways
from seastool.render.protocol.real_frames import KAMAILIO, OPENSER, annotated
from seastool.render.protocol.servers import held_by
from seastool.render.protocol.tables import about, section
from seastool.seas.address import Address, Contact, Contacts, Route, Routes
from seastool.seas.codec import TYPE_NAMES
from seastool.seas.connection.app_server import Timing
from seastool.seas.dialect import Quirk
from seastool.seas.digest import Digest
from seastool.seas.frames import (
    FRAMES,
    AcCancel,
    AcResFail,
    Bind,
    JainPong,
    Ping,
    Reply,
    ResIn,
    SlMsg,
    SlReqIn,
    TReqIn,
    UacReq,
    Unbind,
)
from seastool.seas.handshake import ListeningSocket, Name, SocketInfo
from seastool.seas.header import BODIES, BareHeaderPrefix, HeaderPrefix, ShortHeaderPrefix
from seastool.seas.message import IndexEntry, MessageInfo
from seastool.seas.openser.behaviour import MAX_BINDS, MAX_KEPT_HEADERS, Behaviour, CancelText
from seastool.seas.openser.faults import Fault
from seastool.seas.openser.settings import Settings
from seastool.seas.types import Direction, Socket
from seastool.seas.uri import Uri
from seastool.seas.values import Accept, Allow, ContentLength, ContentType, CSeq, Expires
from seastool.seas.via import Via, Vias
from seastool.wire import Structure

SIDES: Final = {
    (Socket.EVENT, Direction.TO_AS): "event socket, to the application server",
    (Socket.EVENT, Direction.TO_OPENSER): "event socket, to the proxy",
    (Socket.ACTION, Direction.TO_OPENSER): "action socket, to the proxy",
    (Socket.ACTION, Direction.TO_AS): "action socket, to the application server",
}
PREFIXES: Final = (HeaderPrefix, ShortHeaderPrefix, BareHeaderPrefix)
_VALUES: Final = (CSeq, ContentLength, ContentType, Accept, Expires, Allow, Digest)
IN_HEADERS: Final = (Uri, Vias, Via, Address, Contacts, Contact, Routes, Route, *_VALUES)
_PLACE: Final = re.compile(r"\{\{(\w+)\}\}")


def write_protocol() -> str:
    """The protocol reference in Markdown."""
    page = files(__package__).joinpath("page.md").read_text(encoding="utf-8")
    return _PLACE.sub(_filled, page).rstrip("\n") + "\n"


def _filled(place: re.Match[str]) -> str:
    name = place[1]
    if name in _NUMBERS:
        return _NUMBERS[name]
    if name in _WHO:
        return held_by(_WHO[name])
    text = "".join(_PARTS[name]())
    return text[:-1] if text.endswith("\n\n") else text  # the page has a line end of its own


def _opening() -> Iterator[str]:
    yield from section(Name, "Name")
    yield from annotated(KAMAILIO, 4)
    yield from section(SocketInfo, "Socket info")
    yield from section(ListeningSocket, "ListeningSocket", "####")
    yield from annotated(KAMAILIO, 11)


def _types() -> Iterator[str]:
    yield "| type | name | where | what |\n|---|---|---|---|\n"
    for side, where in SIDES.items():
        for number, name in TYPE_NAMES[side].items():
            struct: type[Structure] | None = FRAMES[side].get(number)
            what = about(struct).partition(". ")[0].rstrip(".") if struct else "no proxy handles it"
            yield f"| {int(number)} | `{name}` | {where} | {what} |\n"
    yield "\n"


def _frames(*told: tuple[type[Structure], str, int]) -> Iterator[str]:
    for struct, title, packet in told:
        yield from section(struct, title)
        yield from annotated(KAMAILIO, packet, message=False)


def _events() -> Iterator[str]:
    yield from _frames(
        (TReqIn, "T_REQ_IN", 60),
        (SlReqIn, "SL_REQ_IN", 129),
        (Ping, "PING", 21),
        (AcResFail, "AC_RES_FAIL", 95),
        (ResIn, "RES_IN", 75),
    )


def _actions() -> Iterator[str]:
    yield from _frames((Bind, "BIND", 13))
    yield from annotated(OPENSER, 13)
    yield from section(Unbind, "UNBIND")
    yield from _frames((Reply, "REPLY_PROV and REPLY_FIN", 17))
    yield from annotated(OPENSER, 18)
    yield from _frames((UacReq, "UAC_REQ", 71))
    yield from annotated(OPENSER, 61)
    yield from _frames((AcCancel, "AC_CANCEL", 114))
    yield from annotated(OPENSER, 94)
    yield from _frames((SlMsg, "SL_MSG", 135), (JainPong, "JAIN_PONG", 24))


def _headers() -> Iterator[str]:
    for prefix in PREFIXES:
        yield from section(prefix, prefix.__name__, "####")
    yield "| header | body |\n|---|---|\n"
    for name, body in BODIES.items():
        yield f"| `{name}` | [{body.__name__}](#{body.__name__.lower()}) |\n"
    yield "| all others | nothing |\n\n"
    for struct in IN_HEADERS:
        yield from section(struct, struct.__name__, "####")


def _mime_types() -> Iterator[str]:
    types = dialects.all_dialects()[0].mime_types
    yield ", ".join(f"{number} `{name}`" for name, number in types.items())


def _seconds(seconds: float) -> str:
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1000:g} ms"


_NUMBERS: Final = {
    "pause": _seconds(Timing().pause),
    "patience": _seconds(Timing().socket_info),
    "wait": _seconds(Settings().wait_timer),
    "binds": f"{MAX_BINDS}",
    "kept": f"{MAX_KEPT_HEADERS - 1}",
}
_WHO: Final[Mapping[str, Callable[[Behaviour], bool]]] = {
    "length_zero": lambda one: Fault.CONTENT_LENGTH_ZERO in one.known,
    "finals_lost": lambda one: Fault.FINAL_REPLIES_LOST in one.known,
    "failures_lost": lambda one: Fault.FAILURE_LENGTH_SWAPPED in one.known,
    "wait_from_relay": lambda one: one.waits_from_relay,
    "cseq_changed": lambda one: bool(one.first_cseq),
    "no_spiral": lambda one: not one.spiral_sent_home,
    "tm_cancels": lambda one: one.cancel_text is CancelText.TM,
    "checked": lambda one: one.dialect.has(Quirk.EVENT_SIZE_CHECKED),
}
_PARTS: Final[Mapping[str, Callable[[], Iterator[str]]]] = {
    "opening": _opening,
    "types": _types,
    "events": _events,
    "faked": lambda: annotated(KAMAILIO, 106),
    "actions": _actions,
    "information": lambda: section(MessageInfo, "Message information"),
    "index": lambda: section(IndexEntry, "IndexEntry", "####"),
    "headers": _headers,
    "message": lambda: annotated(KAMAILIO, 16),
    "dialects": dialects.overview,
    "header_types": lambda: dialects.numbers("header_types", "header"),
    "methods": lambda: dialects.numbers("methods", "method"),
    "transports": lambda: dialects.numbers("transports", "transport"),
    "mime_types": _mime_types,
    "mime_subtypes": lambda: dialects.numbers("mime_subtypes", "subtype"),
    "quirks": dialects.quirks,
    "unresolvable": ways.unresolvable,
    "ways": ways.ways,
    "times": limits.times,
    "limits": limits.limits,
    "long_headers": limits.long_headers,
    "faults_of_messages": faults.of_messages,
    "faults_of_connections": faults.of_connections,
    "faults_that_end": faults.that_end,
}
