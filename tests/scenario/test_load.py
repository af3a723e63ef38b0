"""Many calls: rate, concurrency, their end; nothing is left behind."""

import gc

import pytest
from driving import Driven
from joining import join

from seastool.scenario.running.pacing import LONGEST_DEBT, Load, Pacing
from seastool.scenario.running.run import BATCH

OPTIONS = """\
  - send:
      sip: |
        OPTIONS sip:bob@example.com SIP/2.0
        Via: SIP/2.0/UDP {{ source }};branch={{ branch }}
        From: <sip:alice@example.com>;tag={{ tag }}
        To: <sip:bob@example.com>
        Call-ID: {{ call_id }}
        CSeq: 1 OPTIONS
  - expect: REPLY_FIN
"""


def test_a_rate():
    driven = Driven(OPTIONS, load=Load(calls=100, rate=10))
    begun = []
    for _ in range(10):
        begun.append(driven.result.started)
        driven.wait(0.35)
    assert begun == [1, 4, 8, 11, 15, 18, 22, 25, 29, 32]


def test_concurrency_holds_calls_back():
    driven = Driven(OPTIONS, load=Load(calls=10, concurrency=3))
    assert len(driven.sent) == 3
    assert driven.run.get_timer() == pytest.approx(105)  # nothing but the timeout
    driven.reply(200, to=0)
    assert len(driven.sent) == 4
    for i in range(1, 10):
        driven.reply(200, to=i)
    assert driven.result.ok
    assert driven.run.finished


def test_all_at_once_in_batches():
    driven = Driven(OPTIONS, load=Load(calls=BATCH * 2 + 10))
    assert driven.result.started == BATCH
    assert driven.run.get_timer() <= driven.now
    driven.wait(0)
    assert driven.result.started == BATCH * 2 + 10


def test_every_call_has_its_own_names():
    driven = Driven(OPTIONS, load=Load(calls=50))
    texts = [f.payload for f in driven.sent]
    for part in (b"branch=", b"tag=", b"Call-ID: "):
        assert len({text.partition(part)[2].partition(b"\r\n")[0] for text in texts}) == 50


def test_replies_in_any_order_find_their_calls():
    driven = Driven(OPTIONS, load=Load(calls=50))
    for i in reversed(range(50)):
        driven.wait(0.001)
        driven.reply(200, to=i)
    assert driven.result.ok
    times = driven.result.waits[0].times
    assert times.count == 50
    assert times.quantile(0.5) == pytest.approx(0.0255, rel=0.04)


def test_fewer_calls_than_asked_is_never_ok():
    driven = Driven(OPTIONS, load=Load(calls=3, rate=1))
    driven.reply(200)
    driven.run.stop(driven.now)
    assert driven.run.finished
    assert (driven.result.passed, driven.result.failed) == (1, 0)
    assert not driven.result.ok


def test_calls_going_on_at_a_stop_are_unfinished():
    driven = Driven(OPTIONS, load=Load(calls=2))
    driven.reply(200)
    driven.run.stop(driven.now)
    assert driven.result.unfinished == 1
    assert driven.run.get_timer() is None
    assert not driven.result.ok


def test_a_duration():
    driven = Driven(OPTIONS, load=Load(calls=None, rate=10, duration=1))
    for _ in range(30):
        driven.wait(0.05)
        while driven.result.passed < driven.result.started:
            driven.reply(200, to=driven.result.passed)
    assert driven.run.finished
    assert driven.result.started in (10, 11)
    assert driven.result.ok
    driven = Driven(OPTIONS, load=Load(calls=100, rate=10, duration=1))
    driven.wait(10)
    assert driven.result.notes == [f"{driven.result.started} of 100 calls began in the time given"]


def test_unlimited_calls_that_fail_at_once_do_not_hang():
    driven = Driven("  - end: fail", load=Load(calls=None))
    assert driven.result.failed == BATCH
    assert len(driven.result.failures) == 20
    assert sum(driven.result.failed_at.values()) == BATCH


def test_a_standstill_is_not_caught_up_with_for_long():
    pacing = Pacing(Load(calls=None, rate=1000))
    pacing.begin(0)
    taken = sum(pacing.take(60, 0) for _ in range(10_000))
    assert taken == pytest.approx(1000 * LONGEST_DEBT, abs=2)


def test_options_change_a_load():
    load = Load(calls=1, rate=5).with_changes(calls=7, rate=None, concurrency=2)
    assert load == Load(calls=7, rate=5, concurrency=2)


def test_thousands_of_calls_leave_nothing_behind():
    proxy, server = join("uac", "answer", load=Load(calls=3000, concurrency=100))
    assert proxy.result.ok
    assert server.result.passed == 3000
    for run in (proxy, server):
        executor = run._executor
        assert not executor._calls
        assert not executor.running
        assert len(executor.timers) == 0
        assert not any(executor.waiting._calls.values())


def test_memory_does_not_grow_with_the_calls():
    import tracemalloc

    driven = Driven(OPTIONS, load=Load(calls=None, concurrency=1))
    sizes = []
    tracemalloc.start()
    for _ in range(3):
        for _ in range(1500):
            driven.reply(200)
            driven.sent[:] = driven.sent[-1:]
            driven.now += 0.001
        gc.collect()
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert sizes[2] - sizes[1] < 40_000, sizes
