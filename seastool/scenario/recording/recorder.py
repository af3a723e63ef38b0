"""From the frames of a session to the text of a scenario."""

from __future__ import annotations

from collections.abc import Iterator

from seastool.render.printable import printable
from seastool.scenario.recording.addresses import Addresses, receive_text
from seastool.scenario.recording.naming import Naming
from seastool.scenario.recording.session import Session
from seastool.scenario.recording.steps import Step, StepWriter
from seastool.scenario.recording.substitution import Substitution
from seastool.scenario.recording.yaml_text import scalar
from seastool.seas import frames

LEAST_DELAY = 0.02  # seconds; a shorter pause is no delay
DELAY_STEP = 0.01
LONGEST_QUICK_WAIT = 2.0  # an expect that took longer gets a timeout of its own


def record_scenario(session: Session, role: str, title: str, *, delays: bool = True) -> str:
    """The scenario of one side of a session, as YAML."""
    addresses = Addresses()
    first = _receive_of(session, addresses)
    default = first if role == "openser" else None
    naming = Naming(("proxy", "peer", "host"))
    writer = StepWriter(naming, Substitution(addresses), addresses, default, session.dialect)
    steps = list(_steps(session, writer, delays))
    return "\n".join([*_head(session, role, title, addresses, default), *steps, ""])


def _head(
    session: Session,
    role: str,
    title: str,
    addresses: Addresses,
    default: frames.Received | None,
) -> Iterator[str]:
    ours = sum(recorded.ours for recorded in session.frames)
    name = printable(session.as_name) or "an application server"
    yield f"# Recorded of {name}: {ours} frames sent, {len(session.frames) - ours} expected."
    if session.link:
        told = ", ".join(f"{count} {name}" for name, count in sorted(session.link.items()))
        yield f"# Left to the connection: {told}."
    for name in sorted(session.others):
        yield f"# Left out: the application server {printable(name)}."
    for fault in session.faults:
        yield f"# Left out, for it does not decode: {printable(fault)}"
    yield f"scenario: {scalar(printable(title))}"
    yield f"role: {role}"
    yield f"dialect: {session.dialect.name}"
    if addresses.variables:
        yield "variables:"
        yield from (f"  {name}: {scalar(value)}" for name, value in addresses.variables.items())
    if default is not None:
        yield f"receive: {receive_text(default, addresses, session.dialect)}"
    yield "steps:"


def _receive_of(session: Session, addresses: Addresses) -> frames.Received | None:
    """Where most requests came in, going by the first."""
    for recorded in session.frames:
        if isinstance(recorded.frame, frames.TReqIn | frames.SlReqIn):
            frame = recorded.frame
            addresses.proxy(frame.destination_address, frame.destination_port)
            addresses.peer(frame.source_address, frame.source_port)
            return frame
    return None


def _steps(session: Session, writer: StepWriter, delays: bool) -> Iterator[str]:
    before = 0.0
    for recorded in session.frames:
        step = writer.write(recorded)
        waited = recorded.seconds - before
        before = recorded.seconds
        if delays and recorded.ours and step.lines and waited >= LEAST_DELAY:
            yield f"  - delay: {_rounded(waited)}"
        yield f"  # packet {recorded.packet}{_comment(step)}"
        yield from step.lines
        if not recorded.ours and waited > LONGEST_QUICK_WAIT and step.can_wait:
            yield f"      timeout: {2 * waited:.0f}s"


def _comment(step: Step) -> str:
    return f": {printable(step.comment)}" if step.comment else ""


def _rounded(seconds: float) -> str:
    steps = round(seconds / DELAY_STEP)
    millis = round(steps * DELAY_STEP * 1000)
    return f"{millis // 1000}s" if millis % 1000 == 0 else f"{millis}ms"
