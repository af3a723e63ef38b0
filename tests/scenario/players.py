"""The other side of a recorded session: it does what it did in the capture, at the same points."""

from pathlib import Path

from memory_endpoints import MemoryAppServer, MemoryOpenser

from seastool.capture.decoded import decode_records
from seastool.capture.reader import read_capture
from seastool.scenario.recording.session import Recorded, Session, read_session
from seastool.scenario.running.run import ScenarioRun
from seastool.seas import frames
from seastool.seas.codec import encode_frame
from seastool.seas.frames import Frame
from seastool.sip import parts as sip_parts

ROOT = Path(__file__).parents[2]
CAPTURES = [
    ROOT / "captures" / f"{name}.pcap"
    for name in ("kamailio-5.6.3-session", "openser-1.3.0-session")
]


def session_of(path: Path, role: str, **more) -> Session:
    return read_session(decode_records(read_capture(path)), role, **more)


class Player:
    """Plays the frames that the recorded role did not send; waits for those that it did."""

    def __init__(self, session: Session) -> None:
        self.left = list(session.frames)
        self.faults: list[str] = []
        self.run: ScenarioRun | None = None
        self.proxy: MemoryOpenser | None = None
        self.now = 0.0

    def came(self, frame: Frame) -> None:
        """A frame of the scenario: it must be the one that was recorded next."""
        if not self.left or not self.left[0].ours:
            self.faults.append(f"{type(frame).__name__} came, nothing was to come")
            return
        recorded = self.left.pop(0)
        if type(recorded.frame) is not type(frame):
            self.faults.append(f"{type(frame).__name__} came for packet {recorded.packet}")
        self.compare(recorded, frame)
        self.play()

    def play(self) -> None:
        """Send what comes before the next frame of the scenario."""
        while self.left and not self.left[0].ours:
            recorded = self.left.pop(0)
            frame = self.live(recorded)
            assert self.run is not None
            data = encode_frame(frame, recorded.incoming.dialect.layout)
            self.run.receive(frame, data, self.now)
            if self.proxy is not None:
                self.proxy.act(frame)

    def compare(self, recorded: Recorded, frame: Frame) -> None:
        """Note how captured and live frames correspond; texts must be as long in headers."""
        text, was = text_of(frame), recorded.text
        if was and [n.lower() for n in names(text)] != [n.lower() for n in names(was)]:
            self.faults.append(f"packet {recorded.packet}: {names(text)} for {names(was)}")
        if sip_parts.body(text) != sip_parts.body(was):
            self.faults.append(f"packet {recorded.packet}: another body")

    def live(self, recorded: Recorded) -> Frame:
        """The frame to send for a captured one."""
        raise NotImplementedError


def text_of(frame: Frame) -> bytes:
    if hasattr(frame, "text"):
        return bytes(frame.text)
    payload = getattr(frame, "payload", b"")
    at = int.from_bytes(payload[2:4], "big")
    return bytes(payload[at:])


def names(text: bytes) -> list[str]:
    """The names of the headers, in order."""
    lines = sip_parts.head_of(text).split(b"\r\n")[1:]
    return [line.partition(b":")[0].decode() for line in lines if b":" in line]


class AppServerPlayer(Player):
    """An application server for a scenario that plays the proxy."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._transactions: dict[tuple[int, int], tuple[int, int]] = {}
        self._call_ids: dict[bytes, bytes] = {}

    def compare(self, recorded: Recorded, frame: Frame) -> None:
        super().compare(recorded, frame)
        was = recorded.frame
        if isinstance(frame, frames.TReqIn | frames.ResIn):
            key = was.hash_index, was.label
            self._transactions[key] = (frame.hash_index, frame.label)
        if recorded.text:
            old, new = (sip_parts.call_id(t) for t in (recorded.text, text_of(frame)))
            self._call_ids[str(old).encode()] = str(new).encode()

    def live(self, recorded: Recorded) -> Frame:
        frame = recorded.frame
        text = frame.text
        for old, new in self._call_ids.items():
            text = text.replace(old, new)
        changed = type(frame).decode(recorded.data, order=order_of(recorded))
        changed.text = text
        if isinstance(changed, frames.Reply | frames.AcCancel):
            key = frame.hash_index, frame.label
            changed.hash_index, changed.label = self._transactions[key]
        return changed


class ProxyPlayer(Player):
    """A proxy for a scenario that plays the application server."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._uac_ids: dict[int, int] = {}

    def compare(self, recorded: Recorded, frame: Frame) -> None:
        super().compare(recorded, frame)
        was = recorded.frame
        if isinstance(frame, frames.UacReq | frames.AcCancel):
            self._uac_ids[was.uac_id] = frame.uac_id
        elif isinstance(frame, frames.Reply):
            same = (was.type, was.hash_index, was.label) == (
                frame.type,
                frame.hash_index,
                frame.label,
            )
            if not same:
                self.faults.append(f"packet {recorded.packet}: {frame!r}")

    def live(self, recorded: Recorded) -> Frame:
        changed = type(recorded.frame).decode(recorded.data)
        if isinstance(changed, frames.ResIn | frames.AcResFail):
            changed.uac_id = self._uac_ids[changed.uac_id]
        return changed


def order_of(recorded: Recorded) -> str:
    """The wire order of an action in its layout."""
    return "A" if recorded.incoming.dialect.layout == "A" else ""


def endpoint_for(session: Session, role: str) -> tuple[MemoryOpenser | MemoryAppServer, Player]:
    """The endpoint of a scenario that plays a role, and the player of the other."""
    name = session.dialect.name
    if role == "openser":
        proxy, player = MemoryOpenser(name), AppServerPlayer(session)
        player.proxy = proxy
        return proxy, player
    return MemoryAppServer(name), ProxyPlayer(session)
