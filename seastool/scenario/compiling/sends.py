"""The step `send`, and the answers of `reply`, as operations."""

from __future__ import annotations

from collections.abc import Callable

from seastool.scenario.compiling.answer_model import compile_answer
from seastool.scenario.compiling.constants import compile_receive, count_of
from seastool.scenario.compiling.frame_fields import compile_frame, parse_hex
from seastool.scenario.compiling.layout import Layout
from seastool.scenario.compiling.sip_source import SipSource
from seastool.scenario.matching.fields import OTHER_TYPE
from seastool.scenario.operations.replying import SendReply, SendResponse
from seastool.scenario.operations.sending import SendAction, SendBytes, SendFrame, SendRequest
from seastool.scenario.reading.document import Path
from seastool.scenario.reading.model import AnswerModel, SendModel
from seastool.scenario.reading.report import Report
from seastool.scenario.texts.scope import Scope
from seastool.seas.dialect import Dialect
from seastool.seas.types import Socket

_TEXTS = {"sip", "file"}
_OF_REQUESTS = {"as", "processor_id", "receive", "spiral"}
_GOES_WITH: dict[str, set[str]] = {
    "sip": _OF_REQUESTS | {"stateless"},
    "file": _OF_REQUESTS | {"stateless"},
    "ack": _OF_REQUESTS,
    "cancel": _OF_REQUESTS,
    "respond": set(),
    "reply": set(),
    "hex": {"socket"},
    "frame": {"socket"},
}
_BESIDE = ("as", "stateless", "processor_id", "receive", "spiral", "socket")
_OF_ONE_ROLE = {"spiral": "appserver", "receive": "openser"}


class SendCompiler:
    """Compiles them into a layout. What is wrong goes into the report."""

    def __init__(
        self,
        layout: Layout,
        scope: Scope,
        report: Report,
        read_file: Callable[[str], str],
        dialect: Dialect,
    ) -> None:
        self._layout = layout
        self._scope = scope
        self._report = report
        self._sources = SipSource(scope, report, read_file)
        self._dialect = dialect

    def send(self, send: SendModel, path: Path) -> None:
        """One step `send`."""
        kind = self._kind(send, path)
        if kind is None:
            return
        self._check_beside(send, kind, path)
        match kind:
            case "respond" if send.respond:
                self.answer(send.respond, [*path, kind], "openser")
            case "reply" if send.reply:
                self.answer(send.reply, [*path, kind], "appserver")
            case "hex":
                self._hex(send, path)
            case "frame":
                self._frame(send, path)
            case _:
                self._request(send, path)

    def _kind(self, send: SendModel, path: Path) -> str | None:
        """Which form it is; ACK and CANCEL may have a text of their own."""
        kinds = [kind for kind in _GOES_WITH if getattr(send, kind) is not None]
        without_text = [kind for kind in kinds if kind not in _TEXTS]
        if without_text in (["ack"], ["cancel"]) and len(kinds) <= 2:
            return without_text[0]
        if len(kinds) == 1:
            return kinds[0]
        told = " and ".join(kinds) or "none of them"
        self._report.tell(path, f"send needs one of {', '.join(_GOES_WITH)}; found {told}")
        return None

    def _check_beside(self, send: SendModel, kind: str, path: Path) -> None:
        role = self._scope.role
        for key in _BESIDE:
            if not getattr(send, "as_" if key == "as" else key):
                continue
            if key not in _GOES_WITH[kind]:
                self._report.tell([*path, key], f"{key} does not go with {kind}", key=True)
            elif _OF_ONE_ROLE.get(key, role) != role:
                self._report.tell([*path, key], f"{key} is not for the role {role}", key=True)

    def _request(self, send: SendModel, path: Path) -> None:
        message = self._sources.message(send.sip, send.file, path)
        for key in ("ack", "cancel"):
            name = getattr(send, key)
            if name:
                self._report.attempt([*path, key], self._scope.check_exchange, name)
        told = self._sources.title or ("ACK" if send.ack else "CANCEL")
        shared = {
            **self._layout.at(path, f"send {told}"),
            "message": message,
            "name": send.as_ or "",
            "ack": send.ack or "",
            "cancel": send.cancel or "",
            "stateless": send.stateless,
            "processor_id": self._processor_id(send, path),
        }
        if self._scope.role == "openser":
            receive = compile_receive(
                send.receive, [*path, "receive"], self._scope, self._report, self._dialect
            )
            self._layout.add(SendRequest(receive=receive, **shared))
        else:
            self._layout.add(SendAction(spiral=send.spiral, **shared))
        if send.as_:
            self._report.attempt([*path, "as"], self._scope.name_exchange, send.as_)

    def _processor_id(self, send: SendModel, path: Path) -> int | None:
        value = send.processor_id
        if value is None:
            return None
        return self._report.attempt([*path, "processor_id"], count_of, value, self._scope)

    def _hex(self, send: SendModel, path: Path) -> None:
        data = self._report.attempt([*path, "hex"], parse_hex, str(send.hex))
        if send.socket is None:
            self._report.tell(path, "hex needs socket: event or action")
            return
        at = self._layout.at(path, f"send {len(data or b'')} bytes")
        self._layout.add(SendBytes(**at, socket=Socket(send.socket), data=data or b""))

    def _frame(self, send: SendModel, path: Path) -> None:
        frame = send.frame or {}
        make, socket = compile_frame(frame, [*path, "frame"], self._scope, self._report)
        chosen = Socket(send.socket) if send.socket else None
        if socket is None and chosen is None and OTHER_TYPE.fullmatch(str(frame.get("type"))):
            self._report.tell(path, "a frame of an unknown type needs socket: event or action")
        at = self._layout.at(path, f"send {frame.get('type')}")
        self._layout.add(SendFrame(**at, make=make, socket=chosen))

    def answer(self, model: AnswerModel, path: Path, role: str) -> None:
        """A response, for the role that it is for."""
        if role != self._scope.role:
            message = f"{path[-1]} is not for the role {self._scope.role}"
            self._report.tell(path, message, key=True)
            return
        answer = compile_answer(model, path, self._scope, self._report, self._sources)
        at = self._layout.at(path, f"reply {answer.status or self._sources.title or '408'}")
        kind = SendReply if role == "appserver" else SendResponse
        self._layout.add(kind(**at, answer=answer))
