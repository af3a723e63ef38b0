"""Counts, reply times and failures, and how they are told."""

import json
import random

import pytest
from driving import Driven

from seastool.histogram import Histogram
from seastool.render.paint import Paint
from seastool.scenario.running.pacing import Load
from seastool.scenario.running.result_text import failure_lines, result_lines, result_record

PLAIN = Paint(False)


def test_quantiles_are_near_the_truth():
    numbers = random.Random(5)
    times = [numbers.lognormvariate(-6, 2) for _ in range(20_000)]
    histogram = Histogram()
    for time in times:
        histogram.add(time)
    times.sort()
    for share in (0.5, 0.95, 0.99, 1.0):
        true = times[max(0, int(share * len(times)) - 1)]
        assert histogram.quantile(share) == pytest.approx(true, rel=0.05)
    assert (histogram.shortest, histogram.longest) == (times[0], times[-1])
    assert len(histogram._buckets) < 700


def test_times_of_nothing():
    histogram = Histogram()
    assert histogram.quantile(0.5) == 0
    histogram.add(-1)
    assert histogram.quantile(0.99) == 0


def failed() -> Driven:
    driven = Driven("uac", load=Load(calls=2))
    driven.reply(486, to=0, more="X: \x1b[31mred")
    driven.reply(200, to=1)
    driven.wait(20)
    return driven


def test_a_failure_says_what_was_wrong():
    first, second = failed().result.failures
    lines = list(failure_lines(first, PLAIN))
    assert lines[0].startswith("uac.yaml:")
    assert lines[0].endswith(": expect REPLY_PROV or REPLY_FIN 200 of invite: REPLY_FIN came")
    assert lines[1] == "  call 1 (1-1234567890@seastool), 0.000 s after it began"
    assert "  x sip.status  expected 200, got 486" in lines
    assert "    sip.to_tag  expected present, got there" in lines
    assert any(line.startswith("  the frame: REPLY_FIN, ") for line in lines)
    assert any("hash_index" in line for line in lines)
    assert "      | X: \\x1b[31mred" in lines
    assert not any("\x1b" in line for line in lines)
    assert next(failure_lines(second, PLAIN)).endswith("nothing came within 10s")


def test_colours_mark_what_does_not_hold():
    lines = failure_lines(failed().result.failures[0], Paint(True))
    assert any(line.startswith("\x1b[31m  x sip.status") for line in lines)


def test_a_result_in_lines():
    lines = list(result_lines(failed().result, PLAIN))
    assert lines[0].startswith("failed: 0 of 2 calls passed, 2 failed, 0 unfinished, in 10.000 s")
    assert lines[1].split() == ["reply", "times", "count", "p50", "p95", "p99", "longest"]
    assert any("failed 1 times: uac.yaml:" in line for line in lines)


def test_a_result_as_a_record():
    record = json.loads(json.dumps(result_record(failed().result)))
    assert (record["ok"], record["asked"], record["failed"]) == (False, 2, 2)
    assert record["failures"][0]["frame"]["type"] == "REPLY_FIN"
    assert record["failures"][0]["comparisons"][0]["holds"] is True
    assert {"place", "step", "count", "p50", "p95", "p99", "longest"} == set(record["waits"][0])


def test_failures_are_kept_up_to_a_number():
    driven = Driven("  - end: {fail: 'no {{ counter }}'}", load=Load(calls=250))
    result = driven.result
    assert len(result.failures) == 20
    assert len(result.failed_at) == 201
    assert result.failed_at["", "other causes"] == 50
    assert list(result_lines(result, PLAIN))[-1] == "  and 191 causes more"
