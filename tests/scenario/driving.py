"""A scenario run by hand: time steps, and the other side is the test."""

from memory_endpoints import Memory, MemoryAppServer, MemoryOpenser, digits

from seastool.scenario.loader import load_scenario, parse_scenario
from seastool.scenario.operations.program import Scenario
from seastool.scenario.running.pacing import Load
from seastool.scenario.running.run import ScenarioRun
from seastool.seas import frames
from seastool.seas.builder import build_event
from seastool.seas.codec import decode_frame, encode_frame
from seastool.seas.frames import Frame
from seastool.seas.types import Direction, EventType, Socket

HEAD = "scenario: x\nrole: {}\nsteps:\n"


def response(status: int, *, to_tag: str = "there", call_id: str = "c", more: str = "") -> bytes:
    """A SIP response that only its status and tag matter of."""
    tag = f";tag={to_tag}" if to_tag else ""
    lines = [
        f"SIP/2.0 {status} What",
        "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKx",
        "From: <sip:a@b>;tag=1",
        f"To: <sip:c@d>{tag}",
        f"Call-ID: {call_id}",
        "CSeq: 2 INVITE",
        *([more] if more else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def request(method: str, *, call_id: str = "c", to_tag: str = "", more: str = "") -> bytes:
    """A SIP request."""
    tag = f";tag={to_tag}" if to_tag else ""
    lines = [
        f"{method} sip:bob@example.com SIP/2.0",
        f"Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK{method}{call_id}",
        "From: <sip:a@b>;tag=1",
        f"To: <sip:c@d>{tag}",
        f"Call-ID: {call_id}",
        f"CSeq: 2 {method}",
        *([more] if more else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


class Driven:
    """A run and its endpoint. text: the steps, or a whole scenario."""

    def __init__(
        self,
        text: str | Scenario,
        role: str = "openser",
        load: Load | None = None,
        dialect: str = "openser-1.3.0",
        **settings: str,
    ) -> None:
        scenario = text if isinstance(text, Scenario) else _scenario(text, role, settings)
        self.endpoint: Memory = (
            MemoryOpenser(dialect) if scenario.role == "openser" else MemoryAppServer(dialect)
        )
        self.logged: list[str] = []
        self.now = 100.0
        self.run = ScenarioRun(scenario, self.endpoint, digits, load=load, log=self.logged.append)
        self.run.start(self.now)

    @property
    def result(self):
        return self.run.result

    @property
    def sent(self) -> list[Frame]:
        return self.endpoint.sent

    def wait(self, seconds: float) -> None:
        """Let time pass; the timer rings whenever it is due."""
        end = self.now + seconds
        while (due := self.run.get_timer()) is not None and due <= end:
            self.now = max(self.now, due)
            self.run.handle_timer(self.now)
        self.now = end

    def came(self, frame: Frame) -> None:
        """A frame comes."""
        data = encode_frame(frame, self.endpoint.dialect.layout)
        self.run.receive(frame, data, self.now)

    def reply(self, status: int, to: int = -1, **parts: str) -> None:
        """The application server answers a request that was sent, by default the last."""
        event = self.sent[to]
        kind = 1 if status < 200 else 2
        text = response(status, **parts)
        self.came(
            frames.Reply(type=kind, hash_index=event.hash_index, label=event.label, text=text)
        )

    def event(self, sip: bytes, label: int = 1, **more) -> None:
        """An event of the proxy comes."""
        kind = more.pop("type", EventType.T_REQ_IN)
        data = build_event(sip, self.endpoint.dialect, type=kind, hash_index=7, label=label, **more)
        frame = decode_frame(data, Socket.EVENT, Direction.TO_AS)
        self.run.receive(frame, data, self.now)


def _scenario(text: str, role: str, settings: dict[str, str]) -> Scenario:
    if text.isidentifier():
        return load_scenario(text, settings)
    whole = text if "scenario:" in text else HEAD.format(role) + text
    return parse_scenario(whole, "s.yaml", settings)


def failures(driven: Driven) -> list[str]:
    """Place and message of each failure."""
    return [f"{f.place}: {f.message}" for f in driven.result.failures]
