"""Actions without a transaction, the registry of mistakes, and hostile texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openser_calls import SOCKET, Counting, Play, answer, kinds, one, request, rules, text, uac

from seastool.seas.frames import JainPong, Unbind, UnknownAction
from seastool.seas.openser import (
    RULES,
    DrawnIdentifiers,
    Ponged,
    Settings,
    Stateless,
    Transactions,
    Unbound,
    behave_like,
    usable,
)
from seastool.seas.openser.rules import mistake


def test_a_pong() -> None:
    outcomes = Play().machine.action(JainPong(sequence=5), 0.0)
    assert one(outcomes, Ponged).sequence == 5


@pytest.mark.parametrize(("type", "rule"), [(3, "reserved-action"), (99, "unknown-action")])
def test_actions_that_are_skipped(type: int, rule: str) -> None:
    outcomes = Play().machine.action(UnknownAction(type=type), 0.0)
    assert kinds(outcomes) == ["Mistake"]
    assert rules(outcomes) == [rule]


def test_bindings_go_through_the_machine() -> None:
    play = Play()
    assert len(play.machine.bindings) == 1
    outcomes = play.machine.action(Unbind(processor_id=1), 0.0)
    assert one(outcomes, Unbound).processor_id == 1
    assert len(play.machine.bindings) == 0


def test_a_stateless_request_goes_out_as_it_is() -> None:
    sip = uac("MESSAGE", body=b"hi")
    outcomes = Play().passes(sip)
    assert kinds(outcomes) == ["Stateless"]
    assert one(outcomes, Stateless) == Stateless(sip, b"sip:callee@10.0.0.7")
    routed = uac("MESSAGE", more=["Route: <sip:p1;lr>"])
    assert one(Play().passes(routed), Stateless).destination == b"sip:p1;lr"


@pytest.mark.parametrize(
    ("sip", "rule"),
    [
        (b"", "sl-unparsable"),
        (b"rubbish\r\n\r\n", "sl-unparsable"),
        (uac(more=["Route: sip:p1"]), "sl-unparsable"),
        (uac(uri="tel:+1"), "sl-destination"),
        (text("OPTIONS sip:a@b SIP/2.0", "To: <sip:a@b>"), "sl-without-via"),
    ],
)
def test_stateless_messages_that_go_nowhere(sip: bytes, rule: str) -> None:
    outcomes = Play().passes(sip)
    assert kinds(outcomes) == ["Mistake"]
    assert rules(outcomes) == [rule]


# Mistakes


def test_rules_are_complete() -> None:
    for id, rule in RULES.items():
        assert id == rule.id
        assert rule.severity in ("info", "warning", "error")
        assert rule.description
        assert rule.cure
        assert not rule.description.endswith(".")


def test_every_rule_has_a_test() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [id for id in RULES if f'"{id}"' not in tests] == []


def test_a_mistake_ends_with_the_cure() -> None:
    found = mistake("uac-from-tag", "no tag", uac_id=3)
    assert found.message == "no tag; add a tag to From"
    assert (found.severity, found.uac_id, found.label) == ("error", 3, None)


def test_messages_are_one_line_of_printable_text() -> None:
    play = Play()
    sip = uac(f"OPT\x1b[2J{'x' * 300}").replace(b"OPT", b"O\x00\xff", 1)
    event = play.opens(request())
    for outcomes in (
        play.sends(sip),
        play.passes(answer(request()).replace(b"OK", b"\x1b]0;x\x07")),
        play.replies(event, uac("O\x1b\x07")),
        play.cancels((1, 2), sip),
    ):
        for outcome in outcomes:
            message = getattr(outcome, "message", "")
            assert message.isprintable(), message
            assert len(message) < 400


# Hostile texts

SEEDS = [
    request(),
    request("CANCEL", more=["Record-Route: <sip:p1;lr>, <sip:p2>", "Via: SIP/2.0/TCP a"]),
    request("ACK", tag="t1"),
    answer(request()),
    uac(more=["Route: <sip:p1;lr>", "Max-Forwards: 1"], body=b"x"),
    uac("ACK"),
]
MACHINES = [behave_like("openser-1.2.0"), behave_like("opensips-1.11.11"), usable()]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    sip = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(sip)))
        length = draw(st.integers(0, 20))
        piece = draw(
            st.one_of(
                st.binary(max_size=8),
                st.sampled_from([b"\r\n", b"\r\n ", b":", b",", b'"', b"<", b";tag=", b"\0", b"["]),
            )
        )
        sip[at : at + length] = piece
    return bytes(sip)


@given(damaged(), damaged(), st.sampled_from(MACHINES), st.booleans())
def test_no_text_gets_the_machine_out_of_step(
    first: bytes, second: bytes, behaviour: object, stateless: bool
) -> None:
    play = Play(behaviour)  # type: ignore[arg-type]
    event = play.opens(request("OPTIONS", n=77, body=b"x"))
    play.asks(first, stateless=stateless)
    play.replies(event, second)
    out = play.sends(first)
    play.hears(second)
    for outcome in out:
        ids = getattr(outcome, "hash_index", 0), getattr(outcome, "label", 0)
        play.cancels((ids[0] or 0, ids[1] or 0), second)
    play.passes(second)
    while (due := play.machine.get_timer()) is not None:
        play.at(due - play.now)
    assert play.machine.is_empty


@given(st.binary(max_size=200))
def test_no_bytes_do(data: bytes) -> None:
    test = Transactions(DrawnIdentifiers(Counting()), sockets=[SOCKET], settings=Settings())
    play = Play()
    play.machine = test
    play.asks(data)
    play.hears(data)
    play.sends(data)
    play.passes(data)
    play.cancels((0, 0), data)
