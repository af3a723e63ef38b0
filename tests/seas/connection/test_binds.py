"""One BIND for each address, all taken back: no proxy keeps a binding of who has left."""

from __future__ import annotations

import pytest
from joined import KAMAILIO, OPENSER, TCP, UDP, Joined, a_listener, an_app_server

from seastool.seas import dialects
from seastool.seas.connection.app_server import State
from seastool.seas.connection.openser_events import Received
from seastool.seas.frames import Action, Bind
from seastool.seas.handshake import ListeningSocket
from seastool.seas.openser import Bindings, Bound, Mistake
from seastool.seas.openser.behaviours import behave_like

ADDRESSES = ("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4")
SOCKETS = [
    ListeningSocket(protocol=protocol, name=b"x", address=address.encode(), port=5060)
    for address in ADDRESSES
    for protocol in (1, 2)
]
PAUSE = 0.1
RESTARTS = 12  # of what leaks even one binding each time the last two find no place


def leave(joined: Joined) -> None:
    """As whoever owns the sockets does it: one UNBIND a read."""
    while joined.server.unbind():
        joined.settle()
        joined.run(PAUSE)
    joined.server.close(joined.now)
    joined.settle()


def taken(joined: Joined) -> list[Action]:
    return [event.frame for event in joined.of(Received, proxy=True)]


@pytest.mark.parametrize("detecting", [True, False])
@pytest.mark.parametrize("name", dialects.names())
def test_no_binding_is_left_in_any_proxy(name: str, detecting: bool) -> None:
    dialect = dialects.lookup(name)
    table = Bindings(SOCKETS)
    for _ in range(RESTARTS):
        proxy = a_listener(dialect, SOCKETS, fix_layout=True, faults=behave_like(name).read_faults)
        joined = Joined(an_app_server(None if detecting else dialect), proxy)
        joined.run(3)
        assert joined.server.state is State.READY
        leave(joined)
        outcomes = []
        for action in taken(joined):
            is_bind = isinstance(action, Bind)
            outcomes += table.bind(action) if is_bind else table.unbind(action.processor_id)
        assert sum(isinstance(outcome, Bound) for outcome in outcomes) == len(ADDRESSES)
        assert not [outcome for outcome in outcomes if isinstance(outcome, Mistake)]
        assert len(table) == 0


def test_each_address_has_a_processor_of_its_own_and_the_last_leaves_first() -> None:
    joined = Joined(an_app_server(processor_id=126), a_listener(sockets=SOCKETS))
    joined.run(3)
    leave(joined)
    assert [action.processor_id for action in taken(joined)] == [126, 127, 1, 2, 2, 1, 127, 126]


def test_leaving_while_it_binds_takes_back_what_was_bound() -> None:
    joined = Joined(proxy=a_listener(sockets=SOCKETS))
    while len(taken(joined)) < 2:
        joined.run(PAUSE / 4)
    assert joined.server.state is State.BINDING
    leave(joined)
    assert [type(action).__name__ for action in taken(joined)] == ["Bind"] * 2 + ["Unbind"] * 2
    assert [action.processor_id for action in taken(joined)] == [1, 2, 2, 1]


def test_nothing_is_taken_back_from_a_proxy_that_is_gone() -> None:
    joined = Joined(proxy=a_listener(sockets=[UDP, TCP]))
    joined.run(3)
    for number in joined.numbers.values():
        joined.proxy.closed(number, "killed", joined.now)
    joined.numbers.clear()
    joined.server.disconnected(joined.server._socket, "closed by the peer", joined.now)
    assert not joined.server.unbind()


@pytest.mark.parametrize("layout_of", [KAMAILIO, OPENSER])
def test_an_undecided_unbind_reads_the_same_in_both_layouts(layout_of) -> None:
    joined = Joined(an_app_server(processor_id=5), a_listener(layout_of, SOCKETS, fix_layout=True))
    joined.run(3)
    leave(joined)
    assert [action.processor_id for action in taken(joined)] == [5, 6, 7, 8, 8, 7, 6, 5]
