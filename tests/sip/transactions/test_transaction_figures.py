"""Every transition of RFC 3261 figures 5 to 8, as RFC 6026 has changed figures 5 and 7.

The tables here are written from the RFCs: where it starts, what leads there, what happens then,
what comes of it, and the next state.
"""

import pytest
from driven_transaction import Driven
from sip_exchange import HOP, STREAM

from seastool.sip.hop import Hop
from seastool.sip.transactions import Timing
from seastool.sip.transactions import tables as built
from seastool.sip.transactions.states import Input

Row = tuple[str, list[str], str, list[str], str]

INVITE_CLIENT: list[Row] = [
    ("Calling", [], "at 0.5", ["again INVITE"], "Calling"),
    ("Calling", ["at 0.5"], "at 1.5", ["again INVITE"], "Calling"),
    ("Calling", [], "at 32", ["timeout B", "terminated"], "Terminated"),
    ("Calling", [], "error", ["error", "terminated"], "Terminated"),
    ("Calling", [], "100", ["up"], "Proceeding"),
    ("Calling", [], "180", ["up"], "Proceeding"),
    ("Calling", [], "200", ["up"], "Accepted"),
    ("Calling", [], "299", ["up"], "Accepted"),
    ("Calling", [], "300", ["send ACK", "up"], "Completed"),
    ("Calling", [], "486", ["send ACK", "up"], "Completed"),
    ("Calling", [], "699", ["send ACK", "up"], "Completed"),
    ("Calling", [], "099", ["stray", "absorbed"], "Calling"),
    ("Calling", [], "700", ["stray", "absorbed"], "Calling"),
    ("Proceeding", ["100"], "180", ["up"], "Proceeding"),
    ("Proceeding", ["180"], "180", ["up"], "Proceeding"),
    ("Proceeding", ["180"], "200", ["up"], "Accepted"),
    ("Proceeding", ["180"], "302", ["send ACK", "up"], "Completed"),
    ("Proceeding", ["180"], "603", ["send ACK", "up"], "Completed"),
    ("Proceeding", ["180"], "at 1000", [], "Proceeding"),
    ("Proceeding", ["180"], "error", [], "Proceeding"),
    ("Completed", ["486"], "486", ["again ACK", "absorbed"], "Completed"),
    ("Completed", ["486"], "503", ["again ACK", "absorbed"], "Completed"),
    ("Completed", ["486"], "180", ["absorbed"], "Completed"),
    ("Completed", ["486"], "200", ["absorbed"], "Completed"),
    ("Completed", ["486"], "error", ["error", "terminated"], "Terminated"),
    ("Completed", ["486"], "at 31.9", [], "Completed"),
    ("Completed", ["486"], "at 32", ["terminated"], "Terminated"),
    ("Accepted", ["200"], "200", ["up"], "Accepted"),
    ("Accepted", ["180", "200"], "200", ["up"], "Accepted"),
    ("Accepted", ["200"], "180", ["absorbed"], "Accepted"),
    ("Accepted", ["200"], "486", ["absorbed"], "Accepted"),
    ("Accepted", ["200"], "error", [], "Accepted"),
    ("Accepted", ["200"], "at 31.9", [], "Accepted"),
    ("Accepted", ["200"], "at 32", ["terminated"], "Terminated"),
    ("Terminated", ["200", "at 32"], "200", ["stray", "absorbed"], "Terminated"),
    ("Terminated", ["error"], "error", [], "Terminated"),
]

NON_INVITE_CLIENT: list[Row] = [
    ("Trying", [], "at 0.5", ["again OPTIONS"], "Trying"),
    ("Trying", [], "at 32", ["timeout F", "terminated"], "Terminated"),
    ("Trying", [], "error", ["error", "terminated"], "Terminated"),
    ("Trying", [], "100", ["up"], "Proceeding"),
    ("Trying", [], "200", ["up"], "Completed"),
    ("Trying", [], "302", ["up"], "Completed"),
    ("Trying", [], "699", ["up"], "Completed"),
    ("Proceeding", ["100"], "at 0.5", ["again OPTIONS"], "Proceeding"),
    ("Proceeding", ["100"], "at 32", ["timeout F", "terminated"], "Terminated"),
    ("Proceeding", ["100"], "error", ["error", "terminated"], "Terminated"),
    ("Proceeding", ["100"], "180", ["up"], "Proceeding"),
    ("Proceeding", ["100"], "200", ["up"], "Completed"),
    ("Proceeding", ["100"], "404", ["up"], "Completed"),
    ("Completed", ["200"], "200", ["absorbed"], "Completed"),
    ("Completed", ["200"], "404", ["absorbed"], "Completed"),
    ("Completed", ["200"], "100", ["absorbed"], "Completed"),
    ("Completed", ["200"], "error", [], "Completed"),
    ("Completed", ["200"], "at 4.9", [], "Completed"),
    ("Completed", ["200"], "at 5", ["terminated"], "Terminated"),
    ("Terminated", ["200", "at 5"], "200", ["stray", "absorbed"], "Terminated"),
]

INVITE_SERVER: list[Row] = [
    ("Proceeding", [], "INVITE", ["absorbed"], "Proceeding"),
    ("Proceeding", ["100"], "INVITE", ["again 100", "absorbed"], "Proceeding"),
    ("Proceeding", ["100", "180"], "INVITE", ["again 180", "absorbed"], "Proceeding"),
    ("Proceeding", [], "100", ["send 100"], "Proceeding"),
    ("Proceeding", ["100"], "183", ["send 183"], "Proceeding"),
    ("Proceeding", ["100"], "200", ["send 200"], "Accepted"),
    ("Proceeding", [], "202", ["send 202"], "Accepted"),
    ("Proceeding", ["100"], "300", ["send 300"], "Completed"),
    ("Proceeding", [], "699", ["send 699"], "Completed"),
    ("Proceeding", ["180"], "error", ["error"], "Proceeding"),
    ("Proceeding", ["180"], "at 1000", [], "Proceeding"),
    ("Proceeding", ["180"], "ACK", ["up"], "Proceeding"),
    ("Proceeding", [], "700", ["illegal"], "Proceeding"),
    ("Proceeding", [], "99", ["illegal"], "Proceeding"),
    ("Completed", ["486"], "INVITE", ["again 486", "absorbed"], "Completed"),
    ("Completed", ["486"], "at 0.5", ["again 486"], "Completed"),
    ("Completed", ["486"], "at 32", ["timeout H", "terminated"], "Terminated"),
    ("Completed", ["486"], "error", ["error"], "Completed"),
    ("Completed", ["486"], "ACK", ["absorbed"], "Confirmed"),
    ("Completed", ["486"], "180", ["illegal"], "Completed"),
    ("Completed", ["486"], "200", ["illegal"], "Completed"),
    ("Completed", ["486"], "486", ["illegal"], "Completed"),
    ("Confirmed", ["486", "ACK"], "ACK", ["absorbed"], "Confirmed"),
    ("Confirmed", ["486", "ACK"], "INVITE", ["absorbed"], "Confirmed"),
    ("Confirmed", ["486", "ACK"], "200", ["illegal"], "Confirmed"),
    ("Confirmed", ["486", "ACK"], "error", [], "Confirmed"),
    ("Confirmed", ["486", "ACK"], "at 4.9", [], "Confirmed"),
    ("Confirmed", ["486", "ACK"], "at 5", ["terminated"], "Terminated"),
    ("Accepted", ["200"], "INVITE", ["absorbed"], "Accepted"),
    ("Accepted", ["200"], "ACK", ["up"], "Accepted"),
    ("Accepted", ["200", "ACK"], "ACK", ["up"], "Accepted"),
    ("Accepted", ["200"], "200", ["send 200"], "Accepted"),
    ("Accepted", ["200"], "486", ["illegal"], "Accepted"),
    ("Accepted", ["200"], "180", ["illegal"], "Accepted"),
    ("Accepted", ["200"], "error", ["error"], "Accepted"),
    ("Accepted", ["200"], "at 31.9", [], "Accepted"),
    ("Accepted", ["200"], "at 32", ["terminated"], "Terminated"),
    ("Terminated", ["200", "at 32"], "200", ["illegal"], "Terminated"),
    ("Terminated", ["486", "at 32"], "error", [], "Terminated"),
    ("Terminated", ["486", "ACK", "at 5"], "ACK", ["up"], "Terminated"),
]

NON_INVITE_SERVER: list[Row] = [
    ("Trying", [], "OPTIONS", ["absorbed"], "Trying"),
    ("Trying", [], "100", ["send 100"], "Proceeding"),
    ("Trying", [], "200", ["send 200"], "Completed"),
    ("Trying", [], "404", ["send 404"], "Completed"),
    ("Trying", [], "error", [], "Trying"),
    ("Proceeding", ["100"], "OPTIONS", ["again 100", "absorbed"], "Proceeding"),
    ("Proceeding", ["100"], "180", ["send 180"], "Proceeding"),
    ("Proceeding", ["100"], "200", ["send 200"], "Completed"),
    ("Proceeding", ["100"], "603", ["send 603"], "Completed"),
    ("Proceeding", ["100"], "error", ["error", "terminated"], "Terminated"),
    ("Completed", ["200"], "OPTIONS", ["again 200", "absorbed"], "Completed"),
    ("Completed", ["200"], "200", ["illegal"], "Completed"),
    ("Completed", ["200"], "404", ["illegal"], "Completed"),
    ("Completed", ["200"], "100", ["illegal"], "Completed"),
    ("Completed", ["200"], "error", ["error", "terminated"], "Terminated"),
    ("Completed", ["200"], "at 31.9", [], "Completed"),
    ("Completed", ["200"], "at 32", ["terminated"], "Terminated"),
    ("Terminated", ["200", "at 32"], "200", ["illegal"], "Terminated"),
]

RELIABLE: list[tuple[str, bytes, list[str], str, list[str], str]] = [
    ("client", b"INVITE", [], "at 31.9", [], "Calling"),
    ("client", b"INVITE", [], "at 32", ["timeout B", "terminated"], "Terminated"),
    ("client", b"INVITE", [], "486", ["send ACK", "terminated", "up"], "Terminated"),
    ("client", b"INVITE", ["200"], "at 31.9", [], "Accepted"),
    ("client", b"INVITE", ["200"], "at 32", ["terminated"], "Terminated"),
    ("client", b"OPTIONS", [], "at 31.9", [], "Trying"),
    ("client", b"OPTIONS", ["100"], "at 32", ["timeout F", "terminated"], "Terminated"),
    ("client", b"OPTIONS", ["100"], "200", ["terminated", "up"], "Terminated"),
    ("server", b"INVITE", ["486"], "at 31.9", [], "Completed"),
    ("server", b"INVITE", ["486"], "at 32", ["timeout H", "terminated"], "Terminated"),
    ("server", b"INVITE", ["486"], "ACK", ["terminated", "absorbed"], "Terminated"),
    ("server", b"INVITE", ["200"], "at 31.9", [], "Accepted"),
    ("server", b"INVITE", ["200"], "at 32", ["terminated"], "Terminated"),
    ("server", b"OPTIONS", ["100"], "200", ["send 200", "terminated"], "Terminated"),
]


def _check(
    side: str, method: bytes, hop: Hop, path: list[str], what: str
) -> tuple[str, list[str], str]:
    driven = Driven(side, method, hop)
    for step in path:
        driven.do(step)
    before = driven.state
    outcome = driven.do(what)
    assert len(driven.layer) == (driven.state != "Terminated")
    return before, outcome, driven.state


def _named(row: Row) -> str:
    return f"{row[0]}-{'-'.join([*row[1], row[2]])}".replace(" ", "")


@pytest.mark.parametrize("row", INVITE_CLIENT, ids=_named)
def test_invite_client(row: Row) -> None:
    before, path, what, outcome, after = row
    assert _check("client", b"INVITE", HOP, path, what) == (before, outcome, after)


@pytest.mark.parametrize("row", NON_INVITE_CLIENT, ids=_named)
def test_non_invite_client(row: Row) -> None:
    before, path, what, outcome, after = row
    assert _check("client", b"OPTIONS", HOP, path, what) == (before, outcome, after)


@pytest.mark.parametrize("row", INVITE_SERVER, ids=_named)
def test_invite_server(row: Row) -> None:
    before, path, what, outcome, after = row
    assert _check("server", b"INVITE", HOP, path, what) == (before, outcome, after)


@pytest.mark.parametrize("row", NON_INVITE_SERVER, ids=_named)
def test_non_invite_server(row: Row) -> None:
    before, path, what, outcome, after = row
    assert _check("server", b"OPTIONS", HOP, path, what) == (before, outcome, after)


@pytest.mark.parametrize(("side", "method", "path", "what", "outcome", "after"), RELIABLE)
def test_a_reliable_transport(
    side: str, method: bytes, path: list[str], what: str, outcome: list[str], after: str
) -> None:
    assert _check(side, method, STREAM, path, what)[1:] == (outcome, after)


@pytest.mark.parametrize(
    ("side", "method", "first", "state"),
    [
        ("client", b"INVITE", ["send INVITE"], "Calling"),
        ("client", b"OPTIONS", ["send OPTIONS"], "Trying"),
        ("client", b"CANCEL", ["send CANCEL"], "Trying"),
        ("server", b"INVITE", [], "Proceeding"),
        ("server", b"OPTIONS", [], "Trying"),
    ],
)
def test_how_a_transaction_begins(side: str, method: bytes, first: list[str], state: str) -> None:
    driven = Driven(side, method)
    assert (driven.first, driven.state) == (first, state)


def test_timer_c_tells_and_leaves_the_transaction_to_be_cancelled() -> None:
    driven = Driven("client", b"INVITE", timing=Timing(c=200))
    driven.do("100")
    assert driven.do("at 150") == []
    driven.do("100")
    assert driven.layer.get_timer() == 200, "100 does not start it anew"
    driven.do("180")
    assert driven.layer.get_timer() == 350
    assert driven.do("at 350") == ["timeout C"]
    assert (driven.state, driven.layer.get_timer()) == ("Proceeding", None)
    assert driven.do("487") == ["send ACK", "up"]


def test_the_status_is_that_of_the_last_response_that_counts() -> None:
    driven = Driven("client", b"INVITE")
    seen = []
    for what in ("100", "180", "486", "503", "200"):
        driven.do(what)
        seen.append(driven.transaction.status)
    assert seen == [100, 180, 486, 486, 486]


def test_a_server_transaction_keeps_its_request_until_its_final_response() -> None:
    driven = Driven("server", b"INVITE")
    driven.do("180")
    assert driven.transaction.request is not None
    driven.do("200")
    assert driven.transaction.request is None
    assert (driven.transaction.status, driven.transaction.response[:11]) == (200, b"SIP/2.0 200")


def _input(what: str) -> str:
    if what.isdigit():
        return {"1": "PROVISIONAL", "2": "SUCCESS"}.get(what[0], "FAILURE")
    return {"ACK": "ACK", "error": "TRANSPORT_ERROR"}.get(what, "REQUEST")


@pytest.mark.parametrize(
    ("machine", "rows"),
    [
        (built.INVITE_CLIENT, INVITE_CLIENT),
        (built.NON_INVITE_CLIENT, NON_INVITE_CLIENT),
        (built.INVITE_SERVER, INVITE_SERVER),
        (built.NON_INVITE_SERVER, NON_INVITE_SERVER),
    ],
    ids=lambda value: value.name if isinstance(value, built.Machine) else "",
)
def test_the_tables_have_no_line_that_no_case_here_takes(
    machine: built.Machine, rows: list[Row]
) -> None:
    taken = {(row[0], _input(row[2])) for row in rows if not row[2].startswith("at ")}
    lines = {
        (state.value, what.name)
        for state, steps in machine.table.items()
        for what in steps
        if what in Input and not what.name.startswith("TIMER_")
    }
    assert lines <= taken
