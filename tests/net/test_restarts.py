"""An application server that comes and goes: nothing of it is left in the proxy."""

from __future__ import annotations

import asyncio

import pytest

from seastool.app.behaviours import parse_behaviours
from seastool.net.app_endpoint import Options as ServerOptions
from seastool.net.app_server import AppServer
from seastool.net.openser import Openser, Options
from seastool.seas.connection.app_server import Timing
from seastool.seas.handshake import ListeningSocket
from seastool.seas.openser import Bound, Mistake, Outcome, Unbound
from seastool.seas.openser.behaviours import behave_like

NAME = "app_server_1"
QUICK = Timing(pause=0.02)
SOCKETS = [
    ListeningSocket(protocol=protocol, name=b"x", address=b"127.0.0.%d" % n, port=5060)
    for n in (1, 2, 3)
    for protocol in (1, 2)
]


@pytest.mark.parametrize("like", ["openser-1.2.0", "opensips-1.11.11", "kamailio-5.6.3"])
def test_no_binding_is_left_behind_a_restart(like: str) -> None:
    happened: list[Outcome] = []

    async def work() -> None:
        options = Options(behaviour=behave_like(like), sockets=SOCKETS, seed=1)
        proxy = Openser(port=0, options=options, on_outcome=lambda _, one: happened.append(one))
        async with proxy:
            for _ in range(2):
                async with AppServer(
                    parse_behaviours(["answer"]),
                    port=proxy.port,
                    options=ServerOptions(name=NAME, timing=QUICK, seed=1),
                    log=lambda _: None,
                ) as server:
                    await asyncio.wait_for(server.ready(), 20)
                assert len(proxy.transactions_of(NAME.encode()).bindings) == 0

    asyncio.run(work())
    of = [type(one) for one in happened if isinstance(one, Bound | Unbound | Mistake)]
    assert of == ([Bound] * 3 + [Unbound] * 3) * 2
