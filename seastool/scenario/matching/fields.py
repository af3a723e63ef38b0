"""What a scenario may ask of a frame by name: fields, SIP facts, headers, encoded structures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from operator import attrgetter
from types import MappingProxyType

from seastool.errors import SeasError
from seastool.render.facts import address_text
from seastool.render.filters import FilterField, FilterKind
from seastool.render.filters.frame_fields import FRAME_FIELDS
from seastool.scenario.errors import BadText, shown, suggestion
from seastool.scenario.matching.header_names import HEADER_NAMES
from seastool.scenario.matching.incoming import Incoming
from seastool.seas import frames
from seastool.seas.codec import TYPE_NAMES
from seastool.seas.frames import Frame
from seastool.seas.header import BODIES
from seastool.seas.types import Direction
from seastool.sip import parts as sip_parts
from seastool.wire import Bytes, Field, ListOf, Nested, Number, Pointers, SpanField, Structure
from seastool.wire.fields import Role

Read = Callable[[Incoming], object]

CLASSES: dict[str, type[Frame]] = {
    "T_REQ_IN": frames.TReqIn,
    "SL_REQ_IN": frames.SlReqIn,
    "RES_IN": frames.ResIn,
    "PING": frames.Ping,
    "AC_RES_FAIL": frames.AcResFail,
    "BIND": frames.Bind,
    "UNBIND": frames.Unbind,
    "REPLY_PROV": frames.Reply,
    "REPLY_FIN": frames.Reply,
    "REPLY_FIN_DLG": frames.UnknownAction,
    "UAC_REQ": frames.UacReq,
    "SL_MSG": frames.SlMsg,
    "AC_CANCEL": frames.AcCancel,
    "JAIN_PONG": frames.JainPong,
}
FRAME_TYPES = tuple(CLASSES)
OTHER_TYPE = re.compile(r"type [0-9]{1,3}")  # one that has no name
_TO_AS = frozenset(
    name for (_, way), names in TYPE_NAMES.items() if way is Direction.TO_AS
    for name in names.values()
)  # fmt: skip


def types_to(role: str) -> tuple[str, ...]:
    """The frame types that a role receives."""
    to_as = role == "appserver"
    return tuple(name for name in FRAME_TYPES if (name in _TO_AS) is to_as)


@dataclass(frozen=True, slots=True)
class FrameField:
    """A named value of a frame. carried_by: the frame types that have it."""

    name: str
    kind: FilterKind
    read: Read
    carried_by: frozenset[str]


def _of_message(name: str) -> Callable[[Incoming], object]:
    def read(incoming: Incoming) -> object:
        try:
            return getattr(incoming.message, name, None)
        except SeasError:
            return None

    return read


_encoded = {name: _of_message(name) for name in ("from_tag", "to_tag", "branch")}


def _either(name: str, plain: Read) -> Read:
    """By the index of an encoded message; by search in plain SIP text."""
    encoded = _encoded[name]
    return lambda incoming: plain(incoming) if incoming.message is None else encoded(incoming)


def _transport(incoming: Incoming) -> object:
    value = sip_parts.header(incoming.text, "Via") or ""
    words = value.partition(" ")[0].split("/")
    return words[2].upper() if len(words) > 2 else None


_SIP: dict[str, Read] = {
    "sip.status": lambda i: i.status,
    "sip.method": lambda i: i.method,
    "sip.reason": lambda i: sip_parts.start_line(i.text)[1] if i.status else None,
    "sip.uri": lambda i: None if i.status else sip_parts.start_line(i.text)[1],
    "sip.call_id": lambda i: i.call_id,
    "sip.cseq": lambda i: sip_parts.cseq(i.text)[0],
    "sip.from_tag": _either("from_tag", lambda i: sip_parts.tag(i.text, "From")),
    "sip.to_tag": _either("to_tag", lambda i: sip_parts.tag(i.text, "To")),
    "sip.branch": _either("branch", lambda i: sip_parts.branch(i.text)),
    "sip.transport": _transport,
    "sip.body": lambda i: sip_parts.text_of(sip_parts.body(i.text)),
    "sip.text": lambda i: sip_parts.text_of(i.text),
}
_KINDS = {field.name: field.kind for field in FRAME_FIELDS}
_CARRIES_SIP = frozenset(
    name
    for name, struct in CLASSES.items()
    if any(isinstance(f, Bytes) and f.shows in ("sip", "message") for f in struct.fields)
)


def _transaction(incoming: Incoming) -> object:
    return f"{incoming.frame.hash_index}:{incoming.frame.label}"  # type: ignore[union-attr]


def _general() -> Iterable[FrameField]:
    everywhere = frozenset(FRAME_TYPES)
    yield FrameField("type", FilterKind.TEXT, attrgetter("type"), everywhere)
    yield FrameField("socket", FilterKind.TEXT, attrgetter("socket"), everywhere)
    yield FrameField("length", FilterKind.NUMBER, lambda i: len(i.data), everywhere)
    named = frozenset(n for n, s in CLASSES.items() if "label" in (f.name for f in s.fields))
    yield FrameField("transaction", FilterKind.TEXT, _transaction, named)
    for name, read in _SIP.items():
        yield FrameField(name, _KINDS.get(name, FilterKind.TEXT), read, _CARRIES_SIP)


def _declared() -> Iterable[FrameField]:
    """The fields of the frames' own declarations: numbers, addresses, texts."""
    found: dict[str, tuple[Field, set[str]]] = {}
    for name, struct in CLASSES.items():
        for field in struct.fields:
            is_text = isinstance(field, Bytes) and field.shows in ("text", "address")
            if (isinstance(field, Number) and field.name != "type") or is_text:
                found.setdefault(field.name, (field, set()))[1].add(name)
    for name, (field, types) in found.items():
        if isinstance(field, Number):
            read: Read = _number(name)
            yield FrameField(name, FilterKind.NUMBER, read, frozenset(types))
        else:
            as_address = isinstance(field, Bytes) and field.shows == "address"
            yield FrameField(name, FilterKind.TEXT, _text(name, as_address), frozenset(types))


def _number(name: str) -> Read:
    return lambda incoming: getattr(incoming.frame, name, None)


def _text(name: str, as_address: bool) -> Read:
    def read(incoming: Incoming) -> object:
        value = getattr(incoming.frame, name, None)
        if value is None:
            return None
        return address_text(value) if as_address else sip_parts.text_of(value)

    return read


FIELDS = MappingProxyType({field.name: field for field in (*_declared(), *_general())})


def fields_of(types: Iterable[str]) -> dict[str, FrameField]:
    """The fields that frames of some of these types have; of all types if there are none."""
    wanted = set(types)
    return {n: f for n, f in FIELDS.items() if not wanted or wanted & f.carried_by}


def filter_fields(types: Iterable[str]) -> list[FilterField]:
    """The same, as the filter language wants them."""
    words = {"type": FRAME_TYPES, "socket": ("event", "action")}
    return [
        FilterField(f.name, FilterKind.WORD if f.name in words else f.kind, "", words.get(name, ()))
        for name, f in fields_of(types).items()
    ]


_HEADER_NAME = re.compile(r"[A-Za-z0-9.!%*_+`'~-]{1,64}")
_STRUCTURE = re.compile(r"([A-Z_]+)\.([a-z0-9_.\[\]]+)")
_KNOWN_HEADERS = {name.lower(): name for name in HEADER_NAMES}


def field_named(name: str, types: Iterable[str]) -> FrameField:
    """What a key of `where`, or the source of a capture, stands for.

    A field; else ``VIA.vias[0].host``, a part of an encoded header's structure; else a SIP
    header: a known one, one with a dash or a capital in front, or ``header.name``.
    Raises: BadText.
    """
    wanted = list(types)
    own = fields_of(wanted)
    if name in own:
        return own[name]
    if name in FIELDS:
        raise BadText(f"{' and '.join(wanted)} have no {name}{_there_is(name, own)}")
    if found := _STRUCTURE.fullmatch(name):
        return _structure_field(name, found[1], found[2])
    header = name.removeprefix("header.")
    known = _KNOWN_HEADERS.get(header.lower())
    looks = header != name or known or name[:1].isupper() or ("-" in name and "." not in name)
    if looks and _HEADER_NAME.fullmatch(header):
        if header == name and not known:
            _check_spelling(name)
        return _header_field(known or header)
    raise BadText(f"unknown field or header {shown(name)}{_there_is(name, own)}")


def _there_is(name: str, own: Iterable[str]) -> str:
    known = [*own, *HEADER_NAMES]
    return suggestion(name, known, most=0) or f"; fields are {', '.join(sorted(own))}"


def _check_spelling(name: str) -> None:
    """Refuse what is nearly a known header. Raises: BadText."""
    near = get_close_matches(name.lower(), _KNOWN_HEADERS, n=1, cutoff=0.85)
    if near and name[:2].lower() != "x-":
        meant = _KNOWN_HEADERS[near[0]]
        raise BadText(f"unknown header {shown(name)}, did you mean {meant}? else header.{name}")


def _header_field(name: str) -> FrameField:
    def read(incoming: Incoming) -> object:
        return sip_parts.header(incoming.text, name)

    sip_parts.header_pattern(name)
    return FrameField(name, FilterKind.TEXT, read, _CARRIES_SIP)


def _structure_field(name: str, header: str, path: str) -> FrameField:
    struct = BODIES.get(header)
    if struct is None:
        raise BadText(f"no header {shown(header)} has a structure{suggestion(header, BODIES)}")
    _check_path(struct, path, name)

    def read(incoming: Incoming) -> object:
        try:
            found = incoming.message and incoming.message.find(header)
            part = found.part(path) if found else None
        except SeasError:
            return None
        return None if part is None else sip_parts.text_of(part)

    events = frozenset({"T_REQ_IN", "SL_REQ_IN", "RES_IN"})
    return FrameField(name, FilterKind.TEXT, read, events)


def _check_path(struct: type[Structure], path: str, name: str) -> None:
    """Raises: BadText unless the path leads to a field that points at SIP text."""
    field: Field | None = None
    for step in path.split("."):
        word, bracket, _ = step.partition("[")
        inner = struct if field is None else _inner(field)
        known = {f.name: f for f in inner.fields} if inner else {}
        if word not in known:
            raise BadText(f"{name}: no {shown(word)} there{suggestion(word, known)}")
        field = known[word]
        if bool(bracket) is not isinstance(field, ListOf) or not re.fullmatch(
            r"\w+(\[[0-9]{1,3}\])?", step
        ):
            raise BadText(f"{name}: {word} is {'one' if bracket else 'a list, write ' + word}[0]")
    points = isinstance(field, SpanField) or (
        isinstance(field, Number) and field.role is Role.PART
    )  # fmt: skip
    if not points or isinstance(field, Pointers):
        raise BadText(f"{name} points at no text of its own; name a field inside it")


def _inner(field: Field) -> type[Structure] | None:
    return field.struct if isinstance(field, ListOf | Nested) else None
