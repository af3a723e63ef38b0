"""The kinds of records in the JSON Schema: what stands around the fields of a unit."""

from __future__ import annotations

from typing import Any

from seastool.render.jsonl import SCHEMA_VERSION
from seastool.render.jsonl.schema_findings import (
    FINDING,
    cause_record,
    diagnosis_record,
    finding_record,
    look_record,
    prediction_record,
    rule_record,
)
from seastool.render.jsonl.schema_parts import (
    BOOLEAN,
    COUNTS,
    HEX,
    INTEGER,
    NULLABLE,
    NUMBER,
    SEVERITY,
    STRING,
    Schema,
    by_name,
    closed,
    listed,
    nullable,
    ref,
)
from seastool.render.jsonl.schema_views import ladder_record, ladder_rest_record, stats_record

_WHERE: Schema = {
    "packet": INTEGER,
    "time": STRING,
    "time_ns": INTEGER,
    "connection": nullable("integer"),
    "source": STRING,
    "destination": STRING,
}
_SIDE: Schema = {"socket": NULLABLE, "direction": NULLABLE, "as_name": NULLABLE}
_LOSS = closed({"count": INTEGER, "bytes": INTEGER, "first_packet": INTEGER})
_PROXY = closed(
    {
        "address": STRING,
        "dialect": STRING,
        "certain": BOOLEAN,
        "reasons": listed(STRING),
    }
)


def records(fields: Schema) -> list[Schema]:
    """Each kind of record. fields: what the fields of a unit may be."""
    unit = {
        **_WHERE,
        **_SIDE,
        "offset": INTEGER,
        "length": INTEGER,
        "type": STRING,
        "dialect": STRING,
        "sip": ref("sip"),
        "fields": fields,
        "faults": listed(ref("fault")),
    }
    return [
        _record(["frame", "name", "socket_info"], unit, "sip", "faults"),
        _record(["sip"], _sip(), "sip"),
        _record(["gap"], _gap()),
        _record(["encoded"], _encoded(fields), "faults"),
        _record(["summary"], _summary()),
        _record(["mistake"], {"rule": STRING, "severity": SEVERITY, "message": STRING}),
        _record(["result"], _result()),
        _record(["statistics"], _statistics()),
        _record(["difference"], _difference()),
        _record(["replay"], _replay()),
        _record(["check"], _check()),
        _record(["checks"], _checks()),
        _record(["ladder"], ladder_record()),
        _record(["ladder_rest"], ladder_rest_record()),
        _record(["stats"], stats_record(_LOSS)),
        _record(["finding"], finding_record()),
        _record(["rule"], rule_record()),
        _record(["diagnosis"], diagnosis_record()),
        _record(["prediction"], prediction_record(), "servers"),
        _record(["cause"], cause_record()),
        _record(["look"], look_record()),
    ]


def _record(kinds: list[str], properties: dict[str, Any], *optional: str) -> Schema:
    head = {"schema_version": {"const": SCHEMA_VERSION}, "record": {"enum": kinds}}
    return closed(
        {**head, **properties, "findings": listed(closed(FINDING))}, (*optional, "findings")
    )


def _sip() -> Schema:
    return {
        **_WHERE,
        "transport": {"enum": ["udp", "tcp"]},
        "length": INTEGER,
        "sip": ref("sip"),
        "text": STRING,
    }


def _gap() -> Schema:
    told = {"missing": INTEGER, "skipped": INTEGER, "cause": STRING, "meaning": STRING}
    return {**_WHERE, **_SIDE, **told}


def _encoded(fields: Schema) -> Schema:
    faults = listed(ref("fault"))
    return {"dialect": STRING, "length": INTEGER, "hex": HEX, "fields": fields, "faults": faults}


def _summary() -> Schema:
    return {
        "packets": INTEGER,
        "records": COUNTS,
        "transactions": INTEGER,
        "proxies": listed(_PROXY),
        "losses": by_name(_LOSS),
    }


def _result() -> Schema:
    wait = {"place": STRING, "step": STRING, "count": INTEGER}
    cause = closed({"place": STRING, "message": STRING, "count": INTEGER})
    return {
        "ok": BOOLEAN,
        "asked": nullable("integer"),
        **dict.fromkeys(("started", "passed", "failed", "unfinished", "ignored"), INTEGER),
        "seconds": NUMBER,
        "notes": listed(STRING),
        "waits": listed(
            closed({**wait, "p50": NUMBER, "p95": NUMBER, "p99": NUMBER, "longest": NUMBER})
        ),
        "failures": listed(_failure()),
        "failed_at": listed(cause),
        "stray": COUNTS,
        "refused": {**_failure(), "type": ["object", "null"]},
    }


def _statistics() -> Schema:
    times = closed(
        {"count": INTEGER, "p50": NUMBER, "p95": NUMBER, "p99": NUMBER, "longest": NUMBER}
    )
    server = {"name": STRING, "connected": BOOLEAN, "events": INTEGER}
    calls = ("tried", "answered", "refused", "failed")
    return {
        "calls": closed(dict.fromkeys(calls, INTEGER)),
        **dict.fromkeys(("requests", "responses", "sent_requests", "received_responses"), COUNTS),
        "faked": listed(closed({"status": INTEGER, "cause": STRING, "count": INTEGER})),
        "refused": COUNTS,
        "servers": listed(closed({**server, "first_action": times, "final_reply": times})),
        "transactions": COUNTS,
        "retransmissions": closed({"sent": INTEGER, "absorbed": INTEGER}),
        "counts": COUNTS,
    }


def _difference() -> Schema:
    one = closed({"where": STRING, "expected": STRING, "got": STRING})
    return {
        "call_id": STRING,
        "step": INTEGER,
        "packet": nullable("integer"),
        "what": {"enum": ["different", "missing", "unexpected"]},
        "differences": listed(one),
        "expected": STRING,
        "got": STRING,
    }


def _replay() -> Schema:
    counts = ("calls", "unfinished", "sent", "compared", "differences")
    return {
        "ok": BOOLEAN,
        "to": STRING,
        "asked": nullable("integer"),
        **dict.fromkeys(counts, INTEGER),
        "seconds": NUMBER,
    }


def _check() -> Schema:
    texts = ("id", "title", "purpose", "reference", "reason", "fault", "expected", "got", "command")
    return {
        **dict.fromkeys(texts, STRING),
        "verdict": {"enum": ["pass", "fail", "known", "skipped"]},
        "seconds": NUMBER,
        **dict.fromkeys(("frames", "files"), listed(STRING)),
    }


def _checks() -> Schema:
    return {
        "suite": {"enum": ["openser", "appserver"]},
        "target": STRING,
        "server": STRING,
        "seconds": NUMBER,
        "verdicts": COUNTS,
        "surprises": listed(STRING),
        "left": listed(STRING),
        "ended": STRING,
    }


def _failure() -> Schema:
    comparison = {"field": STRING, "expected": STRING, "got": STRING, "holds": BOOLEAN}
    frame = {**closed({"type": STRING, "hex": HEX}), "type": ["object", "null"]}
    return closed(
        {
            "call": INTEGER,
            "call_id": STRING,
            "place": STRING,
            "step": STRING,
            "message": STRING,
            "seconds": NUMBER,
            "comparisons": listed(closed(comparison)),
            "frame": frame,
        }
    )
