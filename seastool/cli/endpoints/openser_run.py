"""``seastool openser``, once its options are known."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from typing import Final

from seastool.cli.endpoints.garbage import settle
from seastool.cli.endpoints.messages_to_send import messages_to_send
from seastool.cli.endpoints.openser_options import OpenserOptions
from seastool.cli.endpoints.openser_session import Session
from seastool.cli.endpoints.quirks import behaviour_of
from seastool.cli.endpoints.scenario_file import load_of, load_wanted
from seastool.cli.endpoints.texts import a_dialect, a_duration, a_ping_plan, some_faults
from seastool.cli.exits import UsageFault
from seastool.cli.host_port import address_port, event_port
from seastool.cli.live.view import LiveView
from seastool.net.openser import LOOPBACK_SOCKETS, Options
from seastool.seas.handshake import ListeningSocket
from seastool.seas.types import Direction
from seastool.sip.parts import renewed

PROTOCOLS: Final = ("udp", "tcp", "tls", "sctp", "ws", "wss")  # numbered from 1 on
_SIP: Final = re.compile(rf"(?:(?P<protocol>{'|'.join(PROTOCOLS)}):)?(?P<rest>.+)\Z", re.I | re.S)


def run(wishes: OpenserOptions) -> int:
    """Be one until the work is done or a signal comes; returns the exit code. Raises: SeasError."""
    host, port = event_port("--listen", wishes.listen, lowest=0)
    behaviour = behaviour_of(wishes.proxy.like or "", wishes.proxy.quirk or ())
    options = Options(
        behaviour=behaviour,
        sockets=[_socket(text) for text in wishes.sip or ()] or LOOPBACK_SOCKETS,
        actions=a_dialect(wishes.proxy.dialect),
        names=[name.encode() for name in wishes.name or ()] or None,
        pings=a_ping_plan(wishes.proxy.ping),
        faults=some_faults(wishes.running.fault, Direction.TO_AS),
        seed=wishes.running.seed,
    )
    scenario = load_wanted(wishes.running.scenario, wishes.running.set_variables, "openser")
    load = load_of(scenario, wishes.load)
    requests = _requests(messages_to_send(wishes.send), wishes.load.calls) if wishes.send else None
    source = address_port("--source", wishes.source)
    with LiveView(wishes.running.live) as view:
        session = Session(
            host=host,
            port=port,
            options=options,
            view=view,
            scenario=scenario,
            load=load,
            requests=requests,
            stateless=wishes.stateless,
            source=source,
            rate=load.rate,
            concurrency=load.concurrency,
            far_end=_far_end(wishes.far_end),
            wait=a_duration("--wait", wishes.wait) or 0.0,
            duration=a_duration("--duration", wishes.running.duration),
            strict=wishes.proxy.strict,
            color=wishes.running.live.color,
            ready_file=wishes.running.ready_file,
        )
        settle()
        return asyncio.run(session.run())


def _requests(messages: Sequence[bytes], calls: int | None) -> Iterator[bytes]:
    """All messages in turn, as often as is asked for; from the second time on renewed."""
    wanted = itertools.cycle(messages)
    for number in range(calls if calls is not None else len(messages)):
        sip, again = next(wanted), number // len(messages)
        yield renewed(sip, b"-%d" % again) if again else sip


def _socket(text: str) -> ListeningSocket:
    found = _SIP.match(text)
    assert found is not None
    packed, port = address_port("--sip", found["rest"])
    address = str(ip_address(packed)).encode()
    protocol = PROTOCOLS.index((found["protocol"] or "udp").lower())
    return ListeningSocket(protocol=1 + protocol, name=address, address=address, port=port)


def _far_end(text: str) -> list[int]:
    if text == "silent":
        return []
    try:
        codes = [int(part) for part in text.split(",")]
        if all(101 <= code <= 699 for code in codes):
            return codes
    except ValueError:
        pass
    raise UsageFault(f"--far-end {text}: it is silent, or status codes such as 180,200 or 486")
