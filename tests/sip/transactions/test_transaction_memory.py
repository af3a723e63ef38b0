"""What transactions cost while they live, and that they leave nothing behind."""

import gc
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sip_exchange import HOP, STREAM, read, request, response

from seastool.sip import transactions
from seastool.sip.hop import Hop
from seastool.sip.transactions import ServerTransaction, TransactionLayer

# What the reader keeps of the lines it has met is bounded, but not ours to measure.
PACKAGE = tracemalloc.Filter(True, str(Path(transactions.__file__).parent / "*"))
CALLS = 25_000  # of four transactions each
TRACED_CALLS = 4_000  # tracing makes all five times as slow
OPEN = 10_000
TEXTS = {
    (status, method): response(status, method)
    for status, method in ((100, b"INVITE"), (200, b"INVITE"), (486, b"INVITE"), (200, b"BYE"))
}


@contextmanager
def traced() -> Iterator[None]:
    gc.collect()
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


def one_call(layer: TransactionLayer, number: int, now: float, hop: Hop) -> None:
    """A call in and out; each fourth fails, each tenth is never answered by the other side."""
    branch, name = b"z9hG4bK%d" % number, b"c%d" % number
    is_failure = number % 4 == 0
    final = TEXTS[486 if is_failure else 200, b"INVITE"]
    invite = served(layer, b"INVITE", branch, name, now, hop)
    layer.respond(invite, 100, TEXTS[100, b"INVITE"], now)
    layer.respond(invite, 486 if is_failure else 200, final, now, repeat_success=not is_failure)
    ack = request(b"ACK", branch=branch + (b"" if is_failure else b"a"), call=name)
    arrival = layer.receive_request(read(ack), hop, now)
    assert arrival.invite is invite
    layer.acknowledge(invite)
    bye = served(layer, b"BYE", branch + b"b", name, now, hop)
    layer.respond(bye, 200, TEXTS[200, b"BYE"], now)
    for method in (b"INVITE", b"BYE"):
        layer.send_request(request(method, branch=branch), method, branch, hop, now)
        if number % 10:
            layer.receive_response(read(response(486, method, branch=branch)), now)


def served(
    layer: TransactionLayer, method: bytes, branch: bytes, name: bytes, now: float, hop: Hop
) -> ServerTransaction:
    transaction = layer.receive_request(
        read(request(method, branch=branch, call=name)), hop, now
    ).transaction
    assert transaction is not None
    return transaction


def run(layer: TransactionLayer, first: int, calls: int) -> int:
    """How many there were at most; in the end there are none."""
    most = 0
    for number in range(first, first + calls):
        now = number / 250
        layer.handle_timer(now)
        one_call(layer, number, now, STREAM if number % 3 == 0 else HOP)
        layer.take()
        most = max(most, len(layer))
    while (due := layer.get_timer()) is not None:
        layer.handle_timer(due)
        layer.take()
    return most


def test_a_hundred_thousand_transactions_leave_nothing() -> None:
    layer = TransactionLayer()
    run(layer, 0, 2500)  # fills what the reader keeps
    gc.collect()
    before = sys.getallocatedblocks()
    most = run(layer, 2500, CALLS)
    gc.collect()
    left = sys.getallocatedblocks() - before
    assert 5_000 < most < 40_000
    assert (len(layer), layer.get_timer()) == (0, None)
    assert layer._servers.is_empty
    assert len(layer._machine.timers) == 0
    assert left < CALLS, f"{left} objects left: a quarter of one a transaction is too many"


def test_the_bytes_of_transactions_that_are_over_come_back() -> None:
    layer = TransactionLayer()
    run(layer, 0, 100)
    with traced():
        most = run(layer, 100, TRACED_CALLS)
        gc.collect()
        found = tracemalloc.take_snapshot().filter_traces([PACKAGE])
    assert most > TRACED_CALLS
    left = sum(one.size for one in found.statistics("filename"))
    # Not nought: an object that the interpreter takes from its free lists, such as a list that the
    # reader keeps, is told as made where it was made first.
    assert left / (4 * TRACED_CALLS) < 10, f"{left} bytes left"


def test_what_an_open_invite_costs_beside_its_texts() -> None:
    texts = [
        read(request(branch=b"z9hG4bK%d" % number, call=b"c%d" % number)) for number in range(OPEN)
    ]
    for text in texts:
        assert text.dialog, "worked out and kept when it is asked for first"
    layer = TransactionLayer()
    with traced():
        for number, text in enumerate(texts):
            transaction = layer.receive_request(text, HOP, number / 1000).transaction
            assert transaction is not None
            layer.respond(transaction, 180, TEXTS[100, b"INVITE"], number / 1000)
            layer.take()
        each = tracemalloc.get_traced_memory()[0] / OPEN
    assert len(layer) == OPEN
    assert each < 600, f"{each:.0f} bytes for each"


def test_what_waits_for_its_timer_only_keeps_no_request() -> None:
    layer = TransactionLayer()
    body = b"x" * 2000
    with traced():
        for number in range(OPEN // 4):
            text = request(branch=b"z9hG4bK%d" % number, call=b"c%d" % number, body=body)
            transaction = layer.receive_request(read(text), HOP, 0.0).transaction
            assert transaction is not None
            layer.respond(transaction, 200, TEXTS[200, b"INVITE"], 0.0)
            layer.take()
        each = tracemalloc.get_traced_memory()[0] / (OPEN // 4)
    assert len(layer) == OPEN // 4
    assert each < 1800, f"{each:.0f} bytes for each"


def test_stopped_timers_do_not_pile_up() -> None:
    layer = TransactionLayer()
    for number in range(20_000):
        branch = b"z9hG4bK%d" % number
        transaction = layer.send_request(b"x", b"OPTIONS", branch, STREAM, number / 1e6)
        layer.abandon(transaction, number / 1e6)
        layer.take()
    assert len(layer._machine.timers._heap) < 1000
