"""A live look at a proxy, told in words."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from seastool.cli.doctoring.options import DoctorWishes
from seastool.cli.doctoring.showing import Showing
from seastool.cli.endpoints.texts import a_duration
from seastool.cli.exits import INTERRUPTED, OK, PEER, UsageFault
from seastool.cli.host_port import event_port
from seastool.interop.doctor.live import judge
from seastool.net.app_endpoint import Options
from seastool.net.doctor import Look
from seastool.net.doctor import look_at as look
from seastool.render.printable import printable
from seastool.seas.dialect import Dialect
from seastool.seas.types import Socket

_MAX_NAME = 255


def look_at(text: str, wishes: DoctorWishes, dialect: Dialect | None, showing: Showing) -> int:
    """Look, and tell; the exit code where that is not one for findings."""
    host, port = event_port("TARGET", text)
    if len(wishes.name.encode("utf-8", "replace")) > _MAX_NAME:
        raise UsageFault(f"--name: it has {_MAX_NAME} bytes at most")
    options = Options(name=wishes.name, dialect=dialect, probe=wishes.probe)
    seconds = a_duration("--wait", wishes.wait) or 0.0
    try:
        seen = asyncio.run(look(host, port, options, seconds=seconds, calls=not wishes.no_call))
    except KeyboardInterrupt:
        return INTERRUPTED
    if showing.as_json:
        showing.record("look", _json(seen))
    else:
        _tell(seen, showing)
    found = judge(seen)
    showing.diagnoses(text, found, 0)
    if not found and not showing.as_json:
        showing.line("   nothing found")
    return PEER if seen.failure and len(seen.opened) < len(Socket) else OK


def _json(seen: Look) -> dict[str, Any]:
    fields = asdict(seen)
    fields["opened"] = sorted(str(socket) for socket in seen.opened)
    return {key: value for key, value in fields.items() if not key.startswith("is_")}


def _tell(seen: Look, showing: Showing) -> None:
    showing.line(f"{seen.host}:{seen.port} as {printable(seen.name)!r}:")
    for socket, port in ((Socket.EVENT, seen.port), (Socket.ACTION, seen.port + 1)):
        state = "connected" if socket in seen.opened else "not connected"
        showing.part(str(socket), f"port {port}: {state}")
    if seen.failure:
        showing.part("pairing", f"no socket info: {seen.failure}")
        return
    listening = ", ".join(seen.listening) or "none"
    showing.part("pairing", f"socket info came; SIP sockets: {listening}")
    showing.part("BIND", f"sent for {', '.join(seen.bound) or 'nothing'}{_took(seen)}")
    showing.part("layout", f"actions in layout {seen.layout}: {seen.dialect}")
    for reason in seen.reasons[:4]:
        showing.part("", reason)
    if seen.server:
        showing.part("server", seen.server)
    if seen.call is not None:
        showing.part("OPTIONS", f"with a body: {_call(seen.call, seen.event)}")
    if seen.zero_call is not None:
        told = _call(seen.zero_call, seen.zero_event)
        showing.part("", f"with Content-Length: 0: {told}")
    pings = (
        f"{seen.pings} in {seen.seconds:.1f} s, each answered"
        if seen.pings
        else (f"none in {seen.seconds:.1f} s: jain_ping is off, or its period is longer (--wait)")
    )
    showing.part("pings", pings)
    if seen.strangers:
        showing.part("others", f"{seen.strangers} requests of others came in and got 503")
    for remark in seen.remarks:
        if not remark.startswith("connected to"):
            showing.part("remark", remark)


def _took(seen: Look) -> str:
    if seen.event:
        return ": it takes, an event came"
    return "" if seen.call is None else ": no event came"


def _call(status: int, event: bool) -> str:
    return f"{'an event' if event else 'no event'}, {status or 'no'} response over SIP"
