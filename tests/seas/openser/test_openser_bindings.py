"""BIND and UNBIND: the table of ten (docs/protocol.md: Bindings)."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from openser_calls import kinds, one, rules

from seastool.seas.frames import Bind
from seastool.seas.handshake import ListeningSocket
from seastool.seas.openser import Bindings, Bound, Mistake, Unbound

A, B, SIX = (ip_address(text).packed for text in ("10.0.0.1", "10.0.0.2", "2001:db8::1"))
SOCKETS = [
    ListeningSocket(protocol=1, name=b"a", address=b"10.0.0.1", port=5060),
    ListeningSocket(protocol=2, name=b"a", address=b"10.0.0.1", port=5060),
    ListeningSocket(protocol=1, name=b"b", address=b"10.0.0.2", port=5060),
    ListeningSocket(protocol=1, name=b"6", address=b"[2001:db8:0:0:0:0:0:1]", port=5060),
    ListeningSocket(protocol=1, name=b"odd", address=b"no address", port=5060),
]


def bind(processor: int = 1, address: bytes = A, protocol: int = 1, port: int = 5060) -> Bind:
    return Bind(processor_id=processor, address=address, protocol=protocol, port=port)


def test_the_address_decides_and_the_first_binding_wins() -> None:
    table = Bindings(SOCKETS)
    assert table.processor_of(A) is None
    outcomes = table.bind(bind(3))
    assert kinds(outcomes) == ["Bound"]
    assert one(outcomes, Bound).slot == 0
    assert table.processor_of(A) == 3
    assert table.processor_of(B) is None
    outcomes = table.bind(bind(4, protocol=2))
    assert rules(outcomes) == ["bind-shadowed"]
    assert one(outcomes, Bound).slot == 1
    assert table.processor_of(A) == 3
    assert not rules(table.bind(bind(5, B)))
    assert table.processor_of(B) == 5
    assert table.socket_of(4) == (A, 2, 5060)
    assert table.socket_of(9) is None


def test_ipv6() -> None:
    table = Bindings(SOCKETS)
    assert kinds(table.bind(bind(1, SIX))) == ["Bound"]
    assert table.processor_of(SIX) == 1


@pytest.mark.parametrize(
    "action",
    [
        bind(port=5061),
        bind(protocol=2, address=B),
        bind(address=b"\1\2\3\4"),
        bind(address=b""),
    ],
)
def test_only_listening_sockets_can_be_bound(action: Bind) -> None:
    table = Bindings(SOCKETS)
    outcomes = table.bind(action)
    assert kinds(outcomes) == ["Mistake"]
    assert rules(outcomes) == ["bind-socket"]
    assert len(table) == 0


def test_ten_fit() -> None:
    table = Bindings(SOCKETS)
    for n in range(10):
        table.bind(bind(n + 1))
    assert len(table) == 10
    assert rules(table.bind(bind(11))) == ["bind-full"]
    assert one(table.unbind(1), Unbound).slot == 0
    assert table.processor_of(A) == 2
    assert one(table.bind(bind(11)), Bound).slot == 0
    assert table.processor_of(A) == 11


@pytest.mark.parametrize(("processor", "slots"), [(128, 1), (255, 1), (0, 0)])
def test_odd_processor_ids(processor: int, slots: int) -> None:
    table = Bindings(SOCKETS)
    assert rules(table.bind(bind(processor))) == ["bind-processor"]
    assert table.processor_of(A) is None
    assert len(table) == slots
    # it shadows one that would do
    table.bind(bind(7))
    assert table.processor_of(A) == (None if slots else 7)


def test_binding_twice_takes_two_slots_and_unbind_frees_one() -> None:
    table = Bindings(SOCKETS)
    table.bind(bind(1))
    table.bind(bind(1))
    assert len(table) == 2
    table.unbind(1)
    assert len(table) == 1
    assert table.processor_of(A) == 1


def test_unbind_of_the_unknown_loses_count() -> None:
    table = Bindings(SOCKETS)
    table.bind(bind(1))
    outcomes = table.unbind(9)
    assert kinds(outcomes) == ["Mistake"]
    assert rules(outcomes) == ["unbind-unknown"]
    assert table.processor_of(A) == 1
    # the real one looks at none now, and frees the first
    outcomes = table.unbind(1)
    assert rules(outcomes) == []
    assert table.processor_of(A) is None


def test_unbind_behind_a_free_slot_is_not_found() -> None:
    table = Bindings(SOCKETS)
    table.bind(bind(1))
    table.bind(bind(2, B))
    table.bind(bind(3, SIX))
    table.unbind(1)
    # two are left, so that the real one looks at the first two slots and frees the third
    outcomes = table.unbind(3)
    assert rules(outcomes) == []
    assert one(outcomes, Unbound).processor_id == 3
    table.bind(bind(4))
    table.bind(bind(5, SIX))
    table.unbind(4)
    outcomes = table.unbind(7)
    assert one(outcomes, Unbound).processor_id == 5
    assert "is not bound" in one(outcomes, Mistake).message


def test_unbind_says_when_it_does_not_look_far_enough() -> None:
    table = Bindings(SOCKETS)
    for n in range(4):
        table.bind(bind(n + 1))
    table.unbind(1)
    table.unbind(2)
    # slots 2 and 3 are taken; it looks at slots 0 and 1 and frees slot 2
    outcomes = table.unbind(4)
    assert one(outcomes, Unbound).processor_id == 3
    assert "does not look" in one(outcomes, Mistake).message


def test_unbind_with_a_full_table() -> None:
    table = Bindings(SOCKETS)
    for n in range(10):
        table.bind(bind(n + 1))
    assert kinds(table.unbind(99)) == ["Mistake"]
    assert len(table) == 10


def test_unbind_of_an_empty_table() -> None:
    table = Bindings(SOCKETS)
    for _ in range(3):
        assert rules(table.unbind(1)) == ["unbind-unknown"]
    assert rules(table.unbind(0)) == ["unbind-unknown"]
