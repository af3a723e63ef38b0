"""Both sides of SEAS without a network: what a scenario sends becomes frames, and back."""

from collections.abc import Callable

from seastool.errors import EncodeError
from seastool.scenario.endpoint import Refusal, TransactionId
from seastool.seas import frames
from seastool.seas.builder import Receive, build_event
from seastool.seas.codec import decode_frame, encode_frame
from seastool.seas.dialect import Quirk
from seastool.seas.dialects import lookup
from seastool.seas.frames import Frame
from seastool.seas.types import Direction, EventType, Socket
from seastool.sip import parts as sip_parts


def digits(count: int) -> str:
    """Digits that are not random at all."""
    return "1234567890"[:count].ljust(count, "0")


class Memory:
    """What both sides have: frames sent are kept, and handed to `on_frame` if it is set."""

    direction: Direction

    def __init__(self, dialect: str = "openser-1.3.0") -> None:
        self.dialect = lookup(dialect)
        self.receive = Receive()
        self.sent: list[Frame] = []
        self.raw: list[tuple[Socket, bytes]] = []
        self.faults: list[str] = []
        self.on_frame: Callable[[Frame], None] | None = None

    def send_frame(self, frame: Frame) -> None:
        socket = Socket.EVENT if isinstance(frame, frames.Event) else Socket.ACTION
        if isinstance(frame, frames.AcResFail):
            socket = Socket.ACTION
        elif isinstance(frame, frames.Bind | frames.Unbind):
            socket = Socket.EVENT
        self._out(encode_frame(frame, self.dialect.layout), socket)

    def send_bytes(self, socket: Socket, data: bytes) -> None:
        self.raw.append((socket, data))

    def start_fault(self, fault: str) -> None:
        self.faults.append(f"+{fault}")

    def stop_fault(self, fault: str) -> None:
        self.faults.append(f"-{fault}")

    def _out(self, data: bytes, socket: Socket) -> None:
        frame = decode_frame(data, socket, self.direction, self.dialect.layout)
        self.sent.append(frame)
        if self.on_frame is not None:
            self.on_frame(frame)


class MemoryAppServer(Memory):
    """The application server's side."""

    direction = Direction.TO_OPENSER


class MemoryOpenser(Memory):
    """The proxy's side: just enough of transactions to give frames their names."""

    direction = Direction.TO_AS

    def __init__(self, dialect: str = "openser-1.3.0") -> None:
        super().__init__(dialect)
        self._count = 0
        self._invites: dict[str, TransactionId] = {}  # by branch, and by Call-ID
        self._uac: dict[int, TransactionId] = {}

    def _new(self) -> TransactionId:
        self._count += 1
        return TransactionId(self._count % 65536, 1_000_000 + self._count)

    def request(
        self, sip: bytes, receive: Receive, *, stateless: bool, processor_id: int | None
    ) -> TransactionId | Refusal:
        method, _ = sip_parts.start_line(sip)
        branch, call_id = sip_parts.branch(sip) or "", sip_parts.call_id(sip) or ""
        flags, cancelled = 0, None
        if method == "ACK" and (invite := self._invites.get(branch) or self._invites.get(call_id)):
            name = invite
            flags = 0 if branch in self._invites else frames.E2E_ACK
        else:
            name = TransactionId(0, 0) if stateless else self._new()
            if method == "CANCEL":
                cancelled = self._invites.get(branch)
                if cancelled is None:
                    return Refusal("500 to a CANCEL that matches nothing")
        if method == "INVITE":
            self._invites[branch] = self._invites[call_id] = name
        kind = EventType.SL_REQ_IN if stateless else EventType.T_REQ_IN
        try:
            event = build_event(
                sip,
                self.dialect,
                type=kind,
                receive=receive,
                processor_id=1 if processor_id is None else processor_id,
                flags=flags,
                hash_index=name.hash_index,
                label=name.label,
                cancelled=cancelled,
            )
        except EncodeError as error:
            return Refusal(str(error))
        self._out(event, Socket.EVENT)
        return name

    def act(self, frame: Frame) -> None:
        """An action came: what the proxy does of itself."""
        tells = not self.dialect.has(Quirk.FAILURE_LENGTH_SWAPPED)
        if tells and isinstance(frame, frames.UacReq) and not sip_parts.tag(frame.text, "From"):
            reason = b"From tag missing"
            self.send_frame(frames.AcResFail(uac_id=frame.uac_id, error=2, reason=reason))

    def respond(self, uac_id: int, sip: bytes | None) -> TransactionId | Refusal:
        name = self._uac.setdefault(uac_id, self._new())
        if sip is None:
            faked = frames.ResIn(
                flags=frames.FAKED_REPLY,
                protocol=0,
                source_address=b"",
                destination_address=b"",
                source_port=0,
                destination_port=0,
                hash_index=name.hash_index,
                label=name.label,
                uac_id=uac_id,
                status=408,
            )
            self.send_frame(faked)
            return name
        event = build_event(
            sip,
            self.dialect,
            type=EventType.RES_IN,
            hash_index=name.hash_index,
            label=name.label,
            uac_id=uac_id,
        )
        self._out(event, Socket.EVENT)
        return name
