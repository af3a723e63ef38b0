"""What a gateway counts, in bounded memory, and how it is told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from gateway_bench import Bench
from gateway_texts import sip
from hypothesis import given, settings
from hypothesis import strategies as st

from seastool.gateway.prometheus import exposition
from seastool.gateway.settings import Settings
from seastool.gateway.statistics import (
    COUNTED,
    MAX_METHODS,
    MAX_REASONS,
    MAX_SERVERS,
    Gauges,
    Statistics,
)
from seastool.gateway.statistics_text import statistics_lines, statistics_record

ROOT = Path(__file__).parents[2]
NAME = b"app_server_1"
GAUGES = Gauges(
    transactions={"server proceeding": 3, "client calling": 0},
    servers=(NAME,),
    retransmissions_sent=4,
    retransmissions_absorbed=5,
    counts={"strays": 6},
)


def busy() -> Statistics:
    statistics = Statistics()
    for status in (200, 486, 302, 503, 408, 603):
        statistics.request(b"INVITE")
        statistics.response(180, b"INVITE")
        statistics.response(status, b"INVITE")
    statistics.request(b"BYE")
    statistics.response(500, b"BYE")
    statistics.faked(500, "application server silent")
    statistics.refused("Max-Forwards")
    statistics.sent_request(b"INVITE")
    statistics.received_response(183)
    for _ in range(2):
        statistics.event_sent(NAME)
        statistics.first_action(NAME, 0.002)
    statistics.final_action(NAME, 1.5)
    return statistics


def test_what_is_turned_away_or_answered_by_the_gateway_is_not_counted_as_a_note_too() -> None:
    bench = Bench(settings=Settings(ring_timeout=8.0))
    bench.receive(b"OPTIONS  sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n")
    bench.receive(sip("OPTIONS", "CSeq: 2 OPTIONS"))
    bench.receive(sip(call="silence"))
    bench.receive(sip(call="ringing"))
    bench.replies(bench.event, 180)
    bench.wait(10)
    bench.receive(sip("OPTIONS", call="left"))
    bench.leave()
    bench.receive(sip("OPTIONS", call="nobody"))
    statistics = bench.core.statistics
    assert set(bench.noted()) < COUNTED
    counted = sum(statistics.refusals.values()) + sum(statistics.faked_by_cause.values())
    assert len(bench.noted()) == counted == 6


def test_calls_are_told_by_how_they_ended() -> None:
    statistics = busy()
    assert (statistics.tried, statistics.answered) == (6, 1)
    assert (statistics.refused_calls, statistics.failed) == (3, 2)
    assert statistics.requests == {b"INVITE": 6, b"BYE": 1}


def test_lines() -> None:
    lines = statistics_lines(busy(), GAUGES)
    assert lines[:3] == [
        "calls: 6 tried, 1 answered, 3 refused, 2 failed",
        "requests received: INVITE 6, BYE 1; responses: 1xx 6, 2xx 1, 3xx 1, 4xx 2, 5xx 2, 6xx 1",
        "requests of application servers: INVITE 1; responses: 1xx 1",
    ]
    assert "answered with 500 by the gateway itself: 1 (application server silent)" in lines
    assert "turned away by the gateway: 1 (Max-Forwards)" in lines
    assert "application server app_server_1: connected, 2 events" in lines
    assert any(
        re.match(r"  first action after p50 (1\.9|2\.0)\d ms, .*most 2\.00 ms", x) for x in lines
    )
    assert any(line.startswith("  final reply after p50 1") for line in lines)
    assert lines[-3:] == [
        "retransmissions: 4 sent, 5 absorbed",
        "transactions: server proceeding 3",
        "also: strays 6",
    ]


def test_nothing_has_happened() -> None:
    assert statistics_lines(Statistics(), Gauges()) == [
        "calls: 0 tried, 0 answered, 0 refused, 0 failed"
    ]


@pytest.mark.parametrize("statistics", [Statistics(), busy()], ids=["none", "some"])
def test_the_record_is_as_the_schema_says(statistics: Statistics) -> None:
    schema = json.loads((ROOT / "docs/schema/record.json").read_text(encoding="utf-8"))
    record = {"schema_version": 1, "record": "statistics", **statistics_record(statistics, GAUGES)}
    jsonschema.validate(json.loads(json.dumps(record)), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**record, "unknown": 1}, schema)


def test_the_record_says_all() -> None:
    record = statistics_record(busy(), GAUGES)
    assert record["calls"] == {"tried": 6, "answered": 1, "refused": 3, "failed": 2}
    assert record["faked"] == [{"status": 500, "cause": "application server silent", "count": 1}]
    (server,) = record["servers"]
    assert (server["name"], server["connected"], server["events"]) == ("app_server_1", True, 2)
    assert server["first_action"]["count"] == 2
    assert server["final_reply"]["longest"] == 1.5


SAMPLE = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"
    r'(?:\{(?P<labels>[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z_]+="(?:[^"\\\n]|\\[\\"n])*")*)\})?'
    r" (?P<value>[0-9.e+-]+)\Z"
)


def samples(text: str) -> dict[str, list[tuple[str, float]]]:
    """The samples by name, with their labels as they stand; checks the format as it goes."""
    assert text.endswith("\n")
    found: dict[str, list[tuple[str, float]]] = {}
    kinds: dict[str, str] = {}
    helped: set[str] = set()
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            helped.add(line.split(" ")[2])
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name in helped
            assert name not in kinds
            kinds[name] = kind
        else:
            sample = SAMPLE.match(line)
            assert sample, line
            name = sample["name"]
            base = re.sub("_(bucket|sum|count)$", "", name)
            assert kinds.get(name, kinds.get(base)) in ("counter", "gauge", "histogram")
            assert (kinds.get(name) == "counter") == name.endswith("_total")
            found.setdefault(name, []).append((sample["labels"] or "", float(sample["value"])))
    for name, values in found.items():
        assert len({labels for labels, _ in values}) == len(values), name
    return found


def test_prometheus_reads_it() -> None:
    found = samples(exposition(busy(), GAUGES))
    assert found["seastool_gateway_requests_total"] == [
        ('method="INVITE"', 6),
        ('method="BYE"', 1),
    ]
    assert found["seastool_gateway_calls_total"] == [
        ('result="answered"', 1),
        ('result="refused"', 3),
        ('result="failed"', 2),
    ]
    assert found["seastool_gateway_server_connected"] == [('server="app_server_1"', 1)]
    assert found["seastool_gateway_transactions"][0] == ('state="server proceeding"', 3)
    buckets = found["seastool_gateway_first_action_seconds_bucket"]
    counts = [count for _, count in buckets]
    assert counts == sorted(counts)
    assert buckets[-1] == ('server="app_server_1",le="+Inf"', 2)
    assert [count for labels, count in buckets if 'le="0.001"' in labels] == [0]
    assert [count for labels, count in buckets if 'le="0.01"' in labels] == [2]
    assert found["seastool_gateway_first_action_seconds_sum"] == [('server="app_server_1"', 0.004)]


HOSTILE = st.binary(max_size=20)


@settings(max_examples=50, deadline=None)
@given(st.lists(HOSTILE, max_size=5), st.lists(HOSTILE, max_size=5))
def test_names_from_the_wire_break_no_format(methods: list[bytes], names: list[bytes]) -> None:
    statistics = Statistics()
    for method in methods:
        statistics.request(method)
    for name in names:
        statistics.event_sent(name)
    found = samples(exposition(statistics, Gauges(servers=names)))
    assert len(found.get("seastool_gateway_requests_total", ())) == len(set(methods))
    assert len(found.get("seastool_gateway_server_connected", ())) == len(set(names))
    json.dumps(statistics_record(statistics, Gauges(servers=names)))


def test_all_tables_are_bounded() -> None:
    statistics = Statistics()
    for number in range(1000):
        statistics.request(b"M%d" % number)
        statistics.sent_request(b"M%d" % number)
        statistics.event_sent(b"as%d" % number)
        statistics.first_action(b"as%d" % number, 1.0)
        statistics.faked(500, f"cause {number}")
        statistics.refused(f"reason {number}")
    for counts, most in (
        (statistics.requests, MAX_METHODS),
        (statistics.sent_requests, MAX_METHODS),
        (statistics.faked_by_cause, MAX_REASONS),
        (statistics.refusals, MAX_REASONS),
    ):
        assert len(counts) == most + 1
        assert sum(counts.values()) == 1000
    assert len(statistics.servers) == MAX_SERVERS + 1
    assert sum(server.events for server in statistics.servers.values()) == 1000
    assert sum(server.first.count for server in statistics.servers.values()) == 1000
