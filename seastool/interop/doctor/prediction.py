"""Whether a server hands a message to its application server, told from the message alone.

The encoder says what the server refuses, byte for byte as the real one does (`seas.builder`); what
it is that was refused is told from the fault of the dialect or the header that the error names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from seastool.errors import EncodeError, SeasError, SipError
from seastool.interop.doctor.cause import Cause, registry
from seastool.interop.doctor.message_causes import MESSAGE_CAUSES
from seastool.interop.finding import Severity
from seastool.interop.sip_scan import scan
from seastool.seas.builder.event import build_event
from seastool.seas.codec import decode_frame
from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.header import BareHeaderPrefix
from seastool.seas.message import Message
from seastool.seas.openser.behaviour import AckEvent, Behaviour
from seastool.seas.openser.behaviours import behave_like
from seastool.seas.openser.faults import Fault
from seastool.seas.types import Direction, EventType, Socket
from seastool.sip.incoming import message_reader

CAUSES: Final = registry(MESSAGE_CAUSES)
_QUIRKS: Final = (
    (Quirk.CONTENT_LENGTH_ZERO_REFUSED, "content-length-zero"),
    (Quirk.CONTENT_LENGTH_REQUIRED, "content-length-missing"),
    (Quirk.TWO_ACCEPTS_KILL, "two-accepts"),
    (Quirk.OTHER_SCHEME_KILLS, "other-scheme"),
)
_PATHS: Final = {
    "start line": "start-line",
    "status": "start-line",
    "uri": "uri-refused",
    "body": "headers-unfinished",
    "length": "event-too-long",
    "CONTENTTYPE": "content-type",
}
_WORDS: Final = (
    ("bytes, 255 fit", "uri-too-long"),
    ("no Via header", "via-missing"),
    ("request without", "header-missing"),
    ("message without", "header-missing"),
    ("more than one", "header-twice"),
    ("header of ", "long-header"),
)
_NAMES: Final = {
    "VIA": ("via", "v"),
    "TO": ("to", "t"),
    "FROM": ("from", "f"),
    "CSEQ": ("cseq",),
    "CALLID": ("call-id", "i"),
    "CONTACT": ("contact", "m"),
    "ROUTE": ("route",),
    "RECORDROUTE": ("record-route",),
    "CONTENTTYPE": ("content-type", "c"),
    "CONTENTLENGTH": ("content-length", "l"),
    "ACCEPT": ("accept",),
    "AUTHORIZATION": ("authorization",),
    "PROXYAUTH": ("proxy-authorization",),
    "EXPIRES": ("expires",),
    "RPID": ("remote-party-id",),
    "REFER_TO": ("refer-to", "r"),
}
_FINAL: Final = 200
_TRYING: Final = 100


@dataclass(slots=True)
class Reason:
    """One thing to tell of a message: a cause, this server's own words, and the bytes meant.

    start, length: in the message; 0 and 0 for all of it.
    """

    cause: Cause
    says: str
    start: int = 0
    length: int = 0


@dataclass(slots=True)
class Prediction:
    """What a server does with a message.

    event: the frame that the application server gets; None if it gets none. reasons: why not, the
    first one decides; with an event, what is to be known besides. start_line: of the message.
    """

    dialect: Dialect
    start_line: bytes
    event: bytes | None = None
    reasons: list[Reason] = field(default_factory=list)

    @property
    def is_taken(self) -> bool:
        """Whether the application server gets it."""
        return self.event is not None

    @property
    def severity(self) -> Severity:
        """The worst of the reasons; info if there is none."""
        return max((reason.cause.severity for reason in self.reasons), default=Severity.INFO)


def predict(
    sip: bytes,
    dialect: Dialect,
    *,
    stateless: bool = False,
    behaviour: Behaviour | None = None,
) -> Prediction:
    """What the server of that dialect does with a message that its script relays.

    stateless: by as_relay_sl(), else by as_relay_t(), which needs what tm matches by. A response
    counts as one to a UAC_REQ of the application server. behaviour: the server's, if some of its
    faults are mended. Nothing here raises.
    """
    line = sip[: max(sip.find(b"\n"), 0) or len(sip)].rstrip(b"\r\n")
    found = Prediction(dialect, line)
    is_response = sip[:4].upper() == b"SIP/"
    type = EventType.RES_IN if is_response else EventType.T_REQ_IN
    if stateless and not is_response:
        type = EventType.SL_REQ_IN
    try:
        frame = build_event(sip, dialect, type=type)
    except EncodeError as error:
        found.reasons.append(reason_of(error, sip))
        return found
    except SeasError as error:
        found.reasons.append(Reason(CAUSES["message-refused"], str(error)))
        return found
    if type is EventType.T_REQ_IN and (unmatched := _unmatched(sip, dialect)) is not None:
        found.reasons.append(unmatched)
        return found
    behaviour = behaviour or behave_like(dialect.name)
    held_back = list(_held_back(frame, behaviour)) if is_response else []
    found.reasons += held_back
    if not held_back:
        found.event = frame
        found.reasons += _besides(sip, frame, behaviour)
    return found


def cause_of(error: EncodeError) -> Cause:
    """The cause that an encoder's refusal belongs to."""
    reason = error.reason
    for quirk, id in _QUIRKS:
        if str(quirk) in reason:
            return CAUSES[id]
    for words, id in _WORDS:
        if words in reason:
            return CAUSES[id]
    if error.path in _PATHS:
        return CAUSES[_PATHS[error.path]]
    return CAUSES["header-unparsable" if error.path else "message-refused"]


def reason_of(error: EncodeError, sip: bytes) -> Reason:
    """A refusal with the place in the message that it is about."""
    says = error.reason.partition("refuses the message: ")[2] or error.reason
    says = says.partition(" (cure: ")[0].removeprefix("known fault of this server: ")
    return Reason(cause_of(error), says, *_place(error, sip))


def _place(error: EncodeError, sip: bytes) -> tuple[int, int]:
    value = error.value
    if isinstance(value, bytes) and value and (at := sip.find(value)) >= 0:
        return at, len(value)
    if error.path in ("start line", "uri", "status"):
        return 0, max(sip.find(b"\n"), 0) or len(sip)
    message = scan(sip)
    names = _NAMES.get(error.path, ())
    if message is not None and names:
        known = [h for h in message.headers if h.name.lower().decode("latin-1") in names]
        if known:
            which = known[-1]
            return which.start, which.end - which.start
    return 0, 0


def _unmatched(sip: bytes, dialect: Dialect) -> Reason | None:
    """Why tm makes no transaction of a request that the encoder would take."""
    try:
        message_reader(dialect.grammar).read(sip)
    except SipError as error:
        id = "header-missing" if "message without" in error.reason else "header-unparsable"
        says = f"tm makes no transaction of it: {error.reason}"
        return Reason(CAUSES[id], says, min(error.offset, len(sip)), 0)
    return None


def _held_back(frame: bytes, behaviour: Behaviour) -> Iterable[Reason]:
    """Why a response that encodes is not reported all the same."""
    event = decode_frame(frame, Socket.EVENT, Direction.TO_AS)
    status: int = getattr(event, "status", 0)
    name = behaviour.server
    if status == _TRYING:
        yield Reason(CAUSES["trying-not-reported"], f"{name} keeps it to itself")
    elif status < _FINAL and behaviour.has(Fault.PROVISIONAL_REPLIES_LOST):
        says = f"{name} reports it only with pass_provisional_replies of tm"
        yield Reason(CAUSES["provisional-not-reported"], says)
    elif status >= _FINAL and behaviour.dialect.has(Quirk.FINAL_REPLIES_LOST):
        says = f"{name} never reports a final response"
        yield Reason(CAUSES["final-not-reported"], says)


def _besides(sip: bytes, frame: bytes, behaviour: Behaviour) -> Iterable[Reason]:
    """What is to be known of a message that arrives."""
    dialect = behaviour.dialect
    if len(frame) > dialect.max_event:
        says = f"an event of {len(frame):,} bytes, the buffer has {dialect.max_event:,}"
        yield Reason(CAUSES["event-overruns"], says)
    method = sip.partition(b" ")[0]
    if method == b"CANCEL":
        yield Reason(CAUSES["cancel-needs-invite"], "only if its INVITE is there and unanswered")
    kept = [
        what
        for what, event in (
            ("the ACK to a 2xx", behaviour.ack_2xx),
            ("one that matches nothing", behaviour.ack_unmatched),
        )
        if event is AckEvent.NOTHING
    ]
    if method == b"ACK" and kept:
        says = f"{behaviour.server} does not report {' and '.join(kept)}"
        yield Reason(CAUSES["ack-not-reported"], says)
    yield from _bare(frame, dialect)


def _bare(frame: bytes, dialect: Dialect) -> Iterable[Reason]:
    """Headers whose structure is left out for their length."""
    if not dialect.has(Quirk.LONG_HEADER_PREFIX_ONLY):
        return
    event = decode_frame(frame, Socket.EVENT, Direction.TO_AS)
    message = Message(getattr(event, "payload", b""), dialect)
    for header in message:
        name = header.type_name
        if name in _NAMES and header.prefix_struct is BareHeaderPrefix:
            span = header.prefix.header
            says = f"{name} has {span.length} bytes, its structure none"
            yield Reason(CAUSES["structure-bare"], says, span.start, span.length)
