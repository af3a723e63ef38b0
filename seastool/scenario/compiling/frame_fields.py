"""A frame of a scenario by its type and fields: each value as its field's declaration wants it."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from seastool.errors import EncodeError, LocalProtocolError
from seastool.scenario.errors import BadText, shown, suggestion
from seastool.scenario.matching.comparing import FLAGS, number_of
from seastool.scenario.matching.fields import CLASSES, FRAME_TYPES, OTHER_TYPE, types_to
from seastool.scenario.operations.program import Runner
from seastool.scenario.reading.document import Path
from seastool.scenario.reading.report import Report
from seastool.scenario.texts.call import Call
from seastool.scenario.texts.message_text import compile_message
from seastool.scenario.texts.scope import Scope
from seastool.scenario.texts.template import Template, compile_template
from seastool.seas import frames
from seastool.seas.builder import build_message
from seastool.seas.codec import TYPE_NAMES
from seastool.seas.frames import Frame
from seastool.seas.types import Socket
from seastool.sip.parts import bytes_of
from seastool.wire import Bytes, Field, Number, Total

Make = Callable[[Runner, Call], Frame]
Value = Callable[[Runner, Call], object]

SENT_BY = {"openser": types_to("appserver"), "appserver": types_to("openser")}
_NUMBERS = {name: code for names in TYPE_NAMES.values() for code, name in names.items()}
_ON = {name: socket for (socket, _), names in TYPE_NAMES.items() for name in names.values()}


def compile_frame(
    values: dict[str, Any], path: Path, scope: Scope, report: Report
) -> tuple[Make, Socket | None]:
    """What makes the frame; and its socket if its type has one. What is wrong is reported."""
    name = values.get("type")
    found = _struct(name, path, scope, report)
    if found is None:
        return _nothing, None
    struct, code = found
    made: dict[str, Value] = {}
    known = {f.name: f for f in struct.fields if not isinstance(f, Total) and f.name != "type"}
    for key, value in values.items():
        if key == "type":
            continue
        where = [*path, key]
        field = known.get("payload" if key == "sip" and "payload" in known else key)
        if field is None:
            names = [*known, *(["sip"] if _has_message(known) else [])]
            message = f"{name} has no {shown(key)}{suggestion(key, names)}"
            report.tell(where, message, key=True)
        elif one := report.attempt(where, _value, field, key, value, scope):
            made[field.name] = one
    missing = [
        key
        for key, field in known.items()
        if field.default is ... and key not in values and key not in ("text", "payload")
    ]
    if missing:
        report.tell(path, f"{name} needs {', '.join(missing)}")
    return _maker(struct, code, made, known), _ON.get(str(name))


def _has_message(known: dict[str, Field]) -> bool:
    payload = known.get("payload")
    return isinstance(payload, Bytes) and payload.shows == "message"


def _nothing(run: Runner, call: Call) -> Frame:
    raise LocalProtocolError("no frame")  # its scenario was refused


def _struct(
    name: object, path: Path, scope: Scope, report: Report
) -> tuple[type[Frame], int] | None:
    own = SENT_BY[scope.role]
    other = frames.UnknownEvent if scope.role == "openser" else frames.UnknownAction
    if isinstance(name, str) and name in own:
        return CLASSES[name], _NUMBERS[name]
    if isinstance(name, str) and OTHER_TYPE.fullmatch(name) and int(name[5:]) < 1 << 8:
        return other, int(name[5:])
    if name is None:
        report.tell(path, f"the frame's type is missing{suggestion('', own)}")
    elif name in FRAME_TYPES:
        report.tell(
            [*path, "type"], f"the role {scope.role} does not send {name}{suggestion('', own)}"
        )
    else:
        told = f"unknown frame type {shown(str(name))}{suggestion(str(name), own)}"
        report.tell([*path, "type"], told)
    return None


def _maker(struct: type[Frame], code: int, made: dict[str, Value], known: dict[str, Field]) -> Make:
    rest: dict[str, Any] = {k: b"" for k in ("text", "payload") if k in known and k not in made}

    def make(run: Runner, call: Call) -> Frame:
        values: dict[str, Any] = {key: one(run, call) for key, one in made.items()}
        return struct(type=code, **rest, **values)

    return make


def _value(field: Field, key: str, value: object, scope: Scope) -> Value:
    """Raises: BadText."""
    text = str(value)
    if isinstance(field, Number):
        return _number(field, compile_template(text, scope))
    assert isinstance(field, Bytes)
    if field.shows == "sip" or key == "sip":
        return _sip(text, field, scope)
    if field.shows in ("message", "padding"):
        data = parse_hex(text)
        return lambda run, call: data
    if field.shows == "address":
        return _address(text)
    template = compile_template(text, scope)
    return lambda run, call: bytes_of(template.render(call))


def parse_hex(text: str) -> bytes:
    """Bytes of hex digits, blanks and line ends between them. Raises: BadText."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise BadText(f"{shown(text)} is not hex: two digits a byte") from None


def _sip(text: str, field: Field, scope: Scope) -> Value:
    message = compile_message(text, scope)
    if field.name == "text":
        return lambda run, call: message.render(call)
    return lambda run, call: build_message(
        message.render(call, bare=run.bare), run.endpoint.dialect
    )


def _address(text: str) -> Value:
    try:
        packed = ip_address(text).packed if text else b""
    except ValueError:
        raise BadText(f"{shown(text)} is no IP address") from None
    return lambda run, call: packed


def _number(field: Number, template: Template) -> Value:
    if template.constant is not None:
        fixed = FLAGS.get(template.constant) if field.name == "flags" else None
        number = fixed if fixed is not None else number_of(template.constant)
        if not isinstance(number, int):
            raise BadText(f"{field.name} is a number, {shown(template.constant)} is none")
        return lambda run, call: number

    def value(run: Runner, call: Call) -> object:
        text = template.render(call)
        found = number_of(text)
        if not isinstance(found, int):
            raise EncodeError(f"{shown(text)} is no number", path=field.name, value=text)
        return found

    return value
