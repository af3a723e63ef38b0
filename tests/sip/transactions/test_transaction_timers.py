"""When timers fire, by the clock (RFC 3261 table 4)."""

import pytest
from driven_transaction import Driven
from sip_exchange import HERE, HOP, STREAM, THERE, call, request, response, serve, words

from seastool.sip.hop import TCP, UDP, Hop
from seastool.sip.transactions import Timing, TransactionLayer

FAST = Timing(t1=0.1, t2=0.8, t4=1.0)


def at(times: list[tuple[float, list[str]]], what: str) -> list[float]:
    return [pytest.approx(time) for time, told in times if told == [what]]


def test_a_doubles_without_a_cap_until_b() -> None:
    times = Driven("client", b"INVITE").times()
    assert at(times, "again INVITE") == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert times[-1] == (32.0, ["timeout B", "terminated"])


def test_e_doubles_up_to_t2_until_f() -> None:
    times = Driven("client", b"OPTIONS").times()
    assert at(times, "again OPTIONS") == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert times[-1] == (32.0, ["timeout F", "terminated"])


def test_e_is_t2_after_a_provisional_response() -> None:
    driven = Driven("client", b"OPTIONS")
    driven.do("at 0.5")
    driven.do("100")
    times = driven.times()
    assert at(times, "again OPTIONS") == [1.5, 5.5, 9.5, 13.5, 17.5, 21.5, 25.5, 29.5]
    assert times[-1] == (32.0, ["timeout F", "terminated"])


def test_g_doubles_up_to_t2_until_h() -> None:
    driven = Driven("server", b"INVITE")
    driven.do("at 100")
    driven.do("486")
    times = driven.times()
    expected = [100.5, 101.5, 103.5, 107.5, 111.5, 115.5, 119.5, 123.5, 127.5, 131.5]
    assert at(times, "again 486") == expected
    assert times[-1] == (132.0, ["timeout H", "terminated"])


@pytest.mark.parametrize("hop", [HOP, STREAM])
def test_a_2xx_is_repeated_until_its_ack_whatever_the_transport(hop: Hop) -> None:
    driven = Driven("server", b"INVITE", hop)
    driven.do("200", repeat_success=True)
    times = driven.times()
    assert at(times, "again 200") == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert times[-1] == (32.0, ["unacknowledged", "terminated"])


def test_a_2xx_is_not_repeated_behind_its_ack() -> None:
    driven = Driven("server", b"INVITE")
    driven.do("200", repeat_success=True)
    driven.do("at 0.5")
    driven.layer.acknowledge(driven.transaction)
    driven.layer.acknowledge(driven.transaction)
    assert driven.times() == [(32.0, ["terminated"])]
    driven.layer.acknowledge(driven.transaction)
    assert driven.layer.get_timer() is None


def test_a_2xx_is_not_repeated_unless_asked() -> None:
    driven = Driven("server", b"INVITE")
    driven.do("200")
    assert driven.times() == [(32.0, ["terminated"])]


@pytest.mark.parametrize(
    ("side", "method", "path", "end"),
    [
        ("client", b"INVITE", ["486"], 32.0),  # D
        ("client", b"INVITE", ["200"], 6.4),  # M
        ("client", b"OPTIONS", ["200"], 1.0),  # K
        ("server", b"INVITE", ["486", "ACK"], 1.0),  # I
        ("server", b"OPTIONS", ["200"], 6.4),  # J
        ("server", b"INVITE", ["200"], 6.4),  # L
    ],
)
def test_how_long_a_state_lasts_with_other_base_values(
    side: str, method: bytes, path: list[str], end: float
) -> None:
    driven = Driven(side, method, timing=FAST)
    for what in path:
        driven.do(what)
    assert driven.times() == [(pytest.approx(end), ["terminated"])]


@pytest.mark.parametrize("before", [[], ["100"], ["100", "180"]])
@pytest.mark.parametrize(
    ("side", "method", "final", "end"),
    [
        ("client", b"INVITE", "200", 32.0),  # M
        ("client", b"INVITE", "302", 32.0),  # D
        ("client", b"OPTIONS", "200", 5.0),  # K
        ("client", b"OPTIONS", "486", 5.0),
        ("server", b"OPTIONS", "200", 32.0),  # J
        ("server", b"OPTIONS", "486", 32.0),
        ("server", b"INVITE", "200", 32.0),  # L
    ],
)
def test_by_whatever_way_a_last_state_is_reached_nothing_but_its_own_timer_runs(
    side: str, method: bytes, final: str, end: float, before: list[str]
) -> None:
    driven = Driven(side, method, timing=Timing(c=10.0))
    for what in [*before, final]:
        driven.do(what)
    assert driven.times() == [(end, ["terminated"])]


@pytest.mark.parametrize(
    ("side", "method", "path", "last"),
    [
        ("client", b"INVITE", [], "timeout B"),
        ("client", b"OPTIONS", [], "timeout F"),
        ("server", b"INVITE", ["486"], "timeout H"),
    ],
)
def test_how_long_one_waits_with_other_base_values(
    side: str, method: bytes, path: list[str], last: str
) -> None:
    driven = Driven(side, method, timing=FAST)
    for what in path:
        driven.do(what)
    assert driven.times()[-1] == (pytest.approx(6.4), [last, "terminated"])


def test_d_is_never_under_32_seconds_but_may_be_more() -> None:
    assert (Timing(t1=0.1).d, Timing().d, Timing(t1=1.0).d) == (32.0, 32.0, 64.0)


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("inf"), float("nan"), 1e-9])
@pytest.mark.parametrize("name", ["t1", "t2", "t4", "c"])
def test_a_timer_is_a_time(name: str, wrong: float) -> None:
    with pytest.raises(ValueError, match=f"^{name} is a number of seconds"):
        Timing(**{name: wrong})


def test_a_late_clock_repeats_once_and_not_for_each_time_missed() -> None:
    driven = Driven("client", b"OPTIONS")
    assert driven.do("at 20") == ["again OPTIONS"]
    assert driven.layer.get_timer() == 21.0
    assert driven.do("at 50") == ["timeout F", "terminated"]


def test_a_response_behind_its_time_out_that_nobody_ran_is_still_one() -> None:
    driven = Driven("client", b"OPTIONS")
    driven.now = 40.0
    assert driven.do("200") == ["up"]
    assert driven.times() == [(45.0, ["terminated"])]


def test_transactions_are_due_in_the_order_of_their_times() -> None:
    layer = TransactionLayer()
    for number, now in enumerate((0.3, 0.1, 0.2)):
        branch = b"z9hG4bK%d" % number
        layer.send_request(request(branch=branch), b"INVITE", branch, HOP, now)
    layer.take()
    due = []
    for _ in range(3):
        timer = layer.get_timer()
        assert timer is not None
        layer.handle_timer(timer)
        due.append((round(timer, 6), words(layer)))
    assert due == [(time, ["again INVITE"]) for time in (0.6, 0.7, 0.8)]


def test_nothing_is_due_of_nothing() -> None:
    layer = TransactionLayer()
    layer.handle_timer(1e9)
    assert (layer.get_timer(), layer.take()) == (None, [])


def test_an_abandoned_transaction_leaves_no_timer_and_tells_nobody() -> None:
    layer = TransactionLayer()
    client = call(layer)
    server = serve(layer, request(b"INVITE", branch=b"z9hG4bK2"))
    layer.respond(server, 486, response(486), 0.0)
    layer.take()
    for transaction in (client, server, client):
        layer.abandon(transaction, 1.0)
    assert (len(layer), layer.get_timer(), layer.take()) == (0, None, [])


def test_a_hop_of_any_other_protocol_than_udp_is_reliable() -> None:
    assert not Hop(UDP, HERE, 1, THERE, 2).is_reliable
    assert Hop(TCP, HERE, 1, THERE, 2).is_reliable
