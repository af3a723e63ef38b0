"""What follows from what: the right cause first, and nothing told twice."""

import pytest
from diagnosing import diagnose
from prepared_failures import PREPARED

from seastool.interop.doctor.consequences import (
    CAUSES_OF,
    ECHOES,
    FOLLOWS,
    _closed,
    in_order,
    without_echoes,
)
from seastool.interop.doctor.examination import CAUSES
from seastool.interop.doctor.symptom import Diagnosis, Symptom


def diagnosis(cause: str, at: int = 0, due: int = 0) -> Diagnosis:
    found = Diagnosis(CAUSES[cause])
    found.add(Symptom(cause, "", packet=1, time_ns=at, due_ns=due))
    return found


def order(*found: Diagnosis) -> list[str]:
    return [one.cause.id for one in in_order(found)]


def test_the_relation_names_causes_that_there_are():
    assert set(FOLLOWS) <= set(CAUSES)
    assert frozenset().union(*FOLLOWS.values()) <= set(CAUSES)
    assert set(FOLLOWS) >= ECHOES


def test_nothing_follows_from_itself():
    assert [id for id in CAUSES_OF if id in CAUSES_OF[id]] == []
    with pytest.raises(ValueError, match="follows from itself"):
        _closed({"a": frozenset({"b"}), "b": frozenset({"a"})})


def test_no_harmless_habit_is_a_cause():
    """Else it would be lifted above what is worse."""
    causes = frozenset().union(*FOLLOWS.values())
    assert [id for id in causes if str(CAUSES[id].severity) == "info"] == []


@pytest.mark.parametrize(
    "chain",
    [
        ("two-accepts", "proxy-left", "port-refused", "as-not-connected"),
        ("action-too-long", "proxy-left", "as-not-connected", "retransmissions"),
        ("layout-mismatch", "bind-processor", "bind-missing"),
        ("as-left", "as-not-connected"),
        ("proxy-left", "unanswered"),
        ("uac-final-lost", "unanswered", "uac-ack-missing"),
        ("event-undecodable", "as-silent", "cancel-unmatched"),
    ],
)
def test_a_cause_comes_before_what_follows_from_it(chain):
    found = [diagnosis(cause) for cause in chain]
    assert order(*found) == order(*reversed(found)) == list(chain)


def test_steps_that_were_not_found_are_taken_too():
    assert order(diagnosis("as-not-connected"), diagnosis("two-accepts")) == [
        "two-accepts",
        "as-not-connected",
    ]


def test_what_was_there_before_does_not_follow():
    early, late = diagnosis("port-refused", 10), diagnosis("proxy-left", 20)
    assert order(late, early) == ["port-refused", "proxy-left"]
    assert late.follows == early.follows == []
    waited = diagnosis("unanswered", 10, due=30)
    assert order(waited, late) == ["proxy-left", "unanswered"]
    assert waited.follows == ["proxy-left"]


def test_what_a_cause_has_brought_about_counts_for_it():
    assert order(diagnosis("proxy-left"), diagnosis("pings-lost")) == ["pings-lost", "proxy-left"]
    assert order(diagnosis("pings-lost"), diagnosis("bind-missing")) == [
        "bind-missing",
        "pings-lost",
    ]


def symptoms(*told: tuple[str, bytes, int]) -> list[str]:
    found = [Symptom(cause, "", call_id=call, time_ns=at) for cause, call, at in told]
    return [symptom.cause for symptom in without_echoes(found)]


@pytest.mark.parametrize("echo", sorted(ECHOES))
def test_an_echo_is_told_of_a_call_only_if_nothing_else_is(echo):
    cause = "content-length-zero"
    assert symptoms((echo, b"1", 0)) == [echo]
    assert symptoms((echo, b"1", 0), (cause, b"2", 0)) == [echo, cause]
    assert symptoms((echo, b"1", 0), (cause, b"1", 0)) == [cause]


def test_what_is_never_read_explains_every_later_call():
    assert symptoms(("cancel-unmatched", b"1", 5), ("action-too-long", b"", 3)) == [
        "action-too-long"
    ]
    assert symptoms(("cancel-unmatched", b"1", 5), ("action-too-long", b"", 7)) == [
        "cancel-unmatched",
        "action-too-long",
    ]


@pytest.mark.parametrize("name", PREPARED)
def test_in_no_prepared_failure_a_consequence_comes_first(name):
    first, *rest = [found.cause.id for found in diagnose(PREPARED[name].make())]
    assert CAUSES_OF.get(first, frozenset()).isdisjoint(rest)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("as-left-killed", ["as-left", "as-not-connected"]),
        ("as-left-between", ["as-left", "as-not-connected"]),
        ("proxy-left-killed", ["proxy-left"]),
        ("action-too-long-unfinished", ["action-too-long", "unanswered"]),
        ("name-not-said-odd-ports", ["name-not-said"]),
        ("uac-final-lost-between", ["uac-final-lost", "unanswered"]),
        ("reply-not-sent-tcp", ["reply-not-sent"]),
        ("capture-one-sided", ["capture-one-sided"]),
        ("capture-one-sided-direction", ["capture-one-sided"]),
        ("capture-one-sided-actions", ["capture-one-sided"]),
        ("ack-unseen", ["ack-unseen"]),
    ],
)
def test_and_nothing_besides_is_told(name, told):
    assert [found.cause.id for found in diagnose(PREPARED[name].make())] == told
