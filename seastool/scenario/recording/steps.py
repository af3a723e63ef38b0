"""Each recorded frame as a step: what was sent is sent, what came is expected."""

from __future__ import annotations

from dataclasses import dataclass, field

from seastool.scenario.matching.incoming import Incoming
from seastool.scenario.recording.addresses import Addresses, receive_text
from seastool.scenario.recording.naming import Named, Naming
from seastool.scenario.recording.session import Recorded
from seastool.scenario.recording.substitution import Substitution
from seastool.scenario.recording.yaml_text import block, flow, in_flow, scalar
from seastool.seas import frames
from seastool.seas.dialect import Dialect
from seastool.seas.frames import FAKED_REPLY, SPIRAL
from seastool.sip import parts as sip_parts
from seastool.sip.method import METHODS

FIRST_FINAL = 200
_OPERATORS = ("/", "<", ">", "=", "!")


@dataclass(slots=True)
class Step:
    """The lines of a step; none for what the endpoint does by itself.

    can_wait: whether a timeout may stand behind the last line.
    """

    lines: list[str] = field(default_factory=list)
    comment: str = ""
    can_wait: bool = False


class StepWriter:
    """Writes the steps of one role."""

    def __init__(
        self,
        naming: Naming,
        substitution: Substitution,
        addresses: Addresses,
        default: frames.Received | None,
        dialect: Dialect,
    ) -> None:
        self._naming = naming
        self._substitution = substitution
        self._addresses = addresses
        self._default = default
        self._dialect = dialect

    def write(self, recorded: Recorded) -> Step:
        """The step of the next frame."""
        if recorded.ours:
            return self._sent(recorded)
        return self._expected(recorded)

    # What this side sent.

    def _sent(self, recorded: Recorded) -> Step:
        match recorded.frame:
            case frames.TReqIn() | frames.SlReqIn() | frames.UacReq() | frames.AcCancel():
                return self._request(recorded)
            case frames.SlMsg() if recorded.method:
                return self._request(recorded)
            case frames.SlMsg() | frames.Reply():
                return self._reply(recorded)
            case frames.ResIn():
                return self._response(recorded)
            case frames.AcResFail():
                return Step(comment="AC_RES_FAIL, which the endpoint sends by itself")
        return self._hex(recorded)

    def _request(self, recorded: Recorded) -> Step:
        frame = recorded.frame
        invite = self._invite_of(recorded)
        named = self._naming.request(recorded)
        text = self._substitution.template(recorded.text, named.name)
        if text is None:
            return self._hex(recorded)
        keys: dict[str, str] = {}
        if named.stateless:
            keys["stateless"] = "true"
        elif invite is not None:
            keys[named.method.lower()] = invite.name
        keys["as"] = named.name
        if isinstance(frame, frames.UacReq | frames.AcCancel) and frame.flags & SPIRAL:
            keys["spiral"] = "true"
        if isinstance(frame, frames.TReqIn | frames.SlReqIn) and (told := self._receive(frame)):
            keys["receive"] = told
        return Step(_step("send", keys, text))

    def _invite_of(self, recorded: Recorded) -> Named | None:
        """The INVITE that an ACK or CANCEL is for, whichever way it is known."""
        if recorded.method not in ("ACK", "CANCEL"):
            return None
        if isinstance(recorded.frame, frames.TReqIn | frames.AcCancel):
            return self._naming.of(recorded) or self._naming.invite_of(recorded)
        return self._naming.invite_of(recorded)

    def _receive(self, frame: frames.Received) -> str:
        """Receive information, where it is not the scenario's."""
        default = self._default
        if default is None or _place(frame) == _place(default):
            return ""
        return receive_text(frame, self._addresses, self._dialect)

    def _reply(self, recorded: Recorded) -> Step:
        frame = recorded.frame
        stateless = isinstance(frame, frames.SlMsg)
        named = self._naming.answered_by(recorded) if stateless else self._naming.of(recorded)
        text = self._substitution.template(recorded.text, answers=_answered(named))
        if text is None:
            return self._hex(recorded)
        if named is None:
            return (
                Step(_step("send", {"stateless": "true"}, text))
                if stateless
                else self._hex(recorded)
            )
        keys = {"to": named.name}
        is_final = (recorded.incoming.status or 0) >= FIRST_FINAL
        if not stateless and is_final is not (recorded.type == "REPLY_FIN"):
            keys["type"] = recorded.type
        return Step(_step("reply", keys, text))

    def _response(self, recorded: Recorded) -> Step:
        frame = recorded.frame
        assert isinstance(frame, frames.ResIn)
        named = self._naming.of(recorded)
        if named is None:
            return Step(comment="RES_IN to a request that is not in the capture, left out")
        self._naming.link(recorded, named)
        if frame.flags & FAKED_REPLY:
            return Step([f"  - reply: {flow({'to': named.name, 'faked': 'true'})}"])
        text = self._substitution.template(recorded.text, answers=_answered(named))
        if text is None:
            return self._hex(recorded)
        return Step(_step("reply", {"to": named.name}, text))

    def _hex(self, recorded: Recorded) -> Step:
        values = {"socket": str(recorded.socket), "hex": f'"{recorded.data.hex()}"'}
        return Step([f"  - send: {flow(values)}"], f"{recorded.type}, byte for byte")

    # What it expects of the other.

    def _expected(self, recorded: Recorded) -> Step:
        incoming = recorded.incoming
        keys = {"type": scalar(recorded.type)}
        named = self._naming.of(recorded)
        where: dict[str, str] = {}
        if recorded.method:
            named = self._expected_request(recorded, keys, where)
        elif isinstance(recorded.frame, frames.AcResFail):
            where["error"] = str(recorded.frame.error)
        elif isinstance(recorded.frame, frames.ResIn) and recorded.frame.flags & FAKED_REPLY:
            where = {"status": str(recorded.frame.status), "flags": "FAKED_REPLY"}
        else:
            where = _status_of(incoming)
        if named is not None and not recorded.method:
            keys["of"] = named.name
            self._naming.link(recorded, named)
        if incoming.text and named is not None:
            self._substitution.learn(recorded.text, named.name)
        lines = ["  - expect:", *(f"      {key}: {value}" for key, value in keys.items())]
        if where:
            lines.append(f"      where: {flow(where)}")
        return Step(lines, can_wait=True)

    def _expected_request(
        self, recorded: Recorded, keys: dict[str, str], where: dict[str, str]
    ) -> Named:
        of = self._naming.of(recorded)
        named = self._naming.request(recorded)
        if of is not None and isinstance(recorded.frame, frames.TReqIn | frames.AcCancel):
            keys["of"] = of.name
        keys["as"] = named.name
        where["sip.method"] = scalar(named.method)
        if recorded.method not in METHODS:
            where["sip.method"] = in_flow(f"== {named.method}")
        uri = sip_parts.start_line(recorded.text)[1]
        where["sip.uri"] = _wanted(self._substitution.uri(uri))
        return named


def _answered(named: Named | None) -> tuple[str, int | None]:
    return (named.name, named.cseq) if named else ("", None)


def _status_of(incoming: Incoming) -> dict[str, str]:
    """What matters of a response."""
    where = {} if incoming.status is None else {"sip.status": str(incoming.status)}
    if incoming.status and sip_parts.tag(incoming.text, "To"):
        where["sip.to_tag"] = "true"
    return where


def _wanted(text: str) -> str:
    """A text that is to be equal, even where it looks like an operator."""
    return in_flow(f"== {text}" if text.startswith(_OPERATORS) else text)


def _place(frame: frames.Received) -> tuple[object, ...]:
    return (
        frame.protocol,
        frame.source_address,
        frame.source_port,
        frame.destination_address,
        frame.destination_port,
    )


def _step(kind: str, keys: dict[str, str], text: str) -> list[str]:
    """A step with a SIP text."""
    sign, *lines = block(text, 8)
    told = [f"      {key}: {value}" for key, value in keys.items()]
    return [f"  - {kind}:", *told, f"      sip: {sign}", *lines]
