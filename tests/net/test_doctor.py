"""A live look, at gateways that behave as real servers do and at what is none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from seastool.gateway.routing import Route, Routing
from seastool.interop.doctor.live import judge
from seastool.net.app_endpoint import Options
from seastool.net.doctor import Look, look_at
from seastool.net.gateway import Gateway, GatewayOptions
from seastool.net.sip import SipSocket
from seastool.seas.connection.app_server import Timing
from seastool.seas.connection.openser_events import PingPlan
from seastool.seas.dialects import lookup
from seastool.seas.openser import behave_like
from seastool.seas.types import Socket
from seastool.sip.hop import TCP, UDP

QUICK = Timing(pause=0.02, socket_info=0.5)
UDP_ONLY = (SipSocket(UDP, "127.0.0.1", 0),)


def options(name: str = "app_server_1", **more: object) -> Options:
    return Options(name=name, timing=QUICK, **more)  # type: ignore[arg-type]


def causes(look: Look) -> list[str]:
    return [diagnosis.cause.id for diagnosis in judge(look)]


def looked(
    server: str = "kamailio-5.6.3",
    sip: tuple[SipSocket, ...] = UDP_ONLY,
    pings: PingPlan | None = None,
    *,
    seconds: float = 0.1,
    calls: bool = True,
    **how: object,
) -> Look:
    async def work() -> Look:
        gateway = GatewayOptions(
            behaviour=behave_like(server),
            by_rfc=False,
            pings=pings,
            routing=Routing((Route(names=(b"app_server_1",)),)),
            actions=lookup(server),
        )
        async with Gateway(sip=sip, seas_port=0, options=gateway) as proxy:
            return await look_at(
                "127.0.0.1", proxy.seas_port, options(**how), seconds=seconds, calls=calls
            )

    return asyncio.run(asyncio.wait_for(work(), 20))


def test_a_proxy_without_faults_has_nothing() -> None:
    look = looked("kamailio-5.0.8", pings=PingPlan(0.1, 0.5), seconds=0.6)
    assert causes(look) == []
    assert look.opened == {Socket.EVENT, Socket.ACTION}
    assert look.listening == look.bound
    assert look.bound[0].startswith("udp:127.0.0.1:")
    assert (look.call, look.event, look.zero_call, look.zero_event) == (200, True, 200, True)
    assert look.pings > 1
    assert look.layout == "B"
    assert "kamailio" in look.server


def test_the_length_of_zero_is_found() -> None:
    look = looked("kamailio-5.6.3")
    assert (look.call, look.event, look.zero_call, look.zero_event) == (200, True, 500, False)
    assert causes(look) == ["content-length-zero"]


def test_the_other_layout_is_found_out() -> None:
    look = looked("openser-1.3.0")
    assert causes(look) == []
    assert look.layout == "A"
    assert "openser" in look.dialect
    assert look.reasons


def test_a_wrong_dialect_does_not_bind() -> None:
    look = looked("openser-1.3.0", dialect=lookup("kamailio-5.6.3"))
    assert (look.call, look.event) == (500, False)
    assert causes(look) == ["call-refused"]


def test_an_unknown_name() -> None:
    look = looked(name="somebody")
    assert causes(look) == ["not-paired"]
    assert "no socket info" in look.failure


def test_a_name_that_is_too_long() -> None:
    assert causes(looked(name="a_much_too_long_name")) == ["name-too-long"]


def test_without_calls_nothing_is_said_of_binds() -> None:
    look = looked(calls=False)
    assert look.call is None
    assert causes(look) == []


def test_nothing_to_call_over_udp() -> None:
    look = looked(sip=(SipSocket(TCP, "127.0.0.1", 0),))
    assert look.call is None
    assert look.bound[0].startswith("tcp:")


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def at_listener(handler: Handler | None, *, both: bool = True) -> Look:
    """A look at two neighbouring ports with something else behind them."""

    async def work() -> Look:
        for _ in range(20):
            first = await asyncio.start_server(handler or _hold, "127.0.0.1", 0)
            port = first.sockets[0].getsockname()[1]
            try:
                second = await asyncio.start_server(handler or _hold, "127.0.0.1", port + 1)
            except OSError:
                first.close()
                continue
            if not both:
                second.close()
                await asyncio.sleep(0)
            look = await look_at("127.0.0.1", port, options(), seconds=0.1)
            first.close()
            second.close()
            return look
        pytest.skip("no two free ports side by side")

    return asyncio.run(asyncio.wait_for(work(), 20))


async def _hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1000)
    await reader.read(1000)
    writer.close()


async def _close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1000)
    writer.close()


async def _http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1000)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_one_port_alone() -> None:
    look = at_listener(None, both=False)
    assert look.opened == {Socket.EVENT}
    assert causes(look) == ["port-refused"]


def test_a_listener_that_closes() -> None:
    assert causes(at_listener(_close)) == ["closed-by-proxy"]


def test_a_listener_that_speaks_something_else() -> None:
    assert causes(at_listener(_http)) == ["not-seas"]


def test_nobody_there() -> None:
    look = asyncio.run(look_at("127.0.0.1", 1, options(), seconds=0.1))
    assert look.opened == set()
    assert causes(look) == ["port-refused"]


def test_a_host_name_that_there_is_not() -> None:
    look = asyncio.run(look_at("no.such.host.invalid", 5080, options(), seconds=0.1))
    assert causes(look) == ["no-such-host"]


def base(**changed: object) -> Look:
    look = Look("h", 5080, "as", {Socket.EVENT, Socket.ACTION}, bound=["udp:1.2.3.4:5060"])
    for name, value in changed.items():
        setattr(look, name, value)
    return look


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"bound": []}, "nothing-bound"),
        ({"call": 404}, "call-not-relayed"),
        ({"call": 0}, "call-not-relayed"),
        ({"call": 0, "event": True}, "reply-lost"),
        ({"call": 500, "event": True}, "reply-lost"),
        ({"call": 500}, "call-refused"),
        ({"opened": set(), "failure": "timed out"}, "port-silent"),
        ({"opened": set(), "failure": "no name", "is_unknown": True}, "no-such-host"),
    ],
)
def test_what_is_made_of_a_look(changed: dict[str, object], cause: str) -> None:
    assert causes(base(**changed)) == [cause]
