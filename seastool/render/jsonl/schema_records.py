"""The kinds of records in the JSON Schema: what stands around the fields of a unit."""

from __future__ import annotations

from typing import Any

from seastool.render.jsonl import SCHEMA_VERSION
from seastool.render.jsonl.schema_parts import (
    HEX,
    INTEGER,
    NULLABLE,
    STRING,
    Schema,
    closed,
    listed,
    ref,
)

_WHERE: Schema = {
    "packet": INTEGER,
    "time": STRING,
    "time_ns": INTEGER,
    "connection": {"type": ["integer", "null"]},
    "source": STRING,
    "destination": STRING,
}
_SIDE: Schema = {"socket": NULLABLE, "direction": NULLABLE, "as_name": NULLABLE}
_SEVERITY: Schema = {"enum": ["info", "warning", "error"]}
_FINDING = closed(
    {
        "rule": STRING,
        "severity": _SEVERITY,
        "path": STRING,
        "start": INTEGER,
        "length": INTEGER,
        "bytes": HEX,
        "text": STRING,
        "message": STRING,
    }
)
_LOSS = closed({"count": INTEGER, "bytes": INTEGER, "first_packet": INTEGER})
_PROXY = closed(
    {
        "address": STRING,
        "dialect": STRING,
        "certain": {"type": "boolean"},
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
        _record(["mistake"], {"rule": STRING, "severity": _SEVERITY, "message": STRING}),
        _record(["result"], _result()),
        _record(["statistics"], _statistics()),
        _record(["difference"], _difference()),
        _record(["replay"], _replay()),
        _record(["check"], _check()),
        _record(["checks"], _checks()),
    ]


def _record(kinds: list[str], properties: dict[str, Any], *optional: str) -> Schema:
    head = {"schema_version": {"const": SCHEMA_VERSION}, "record": {"enum": kinds}}
    return closed({**head, **properties, "findings": listed(_FINDING)}, (*optional, "findings"))


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
        "records": {"type": "object", "additionalProperties": INTEGER},
        "transactions": INTEGER,
        "proxies": listed(_PROXY),
        "losses": {"type": "object", "additionalProperties": _LOSS},
    }


def _result() -> Schema:
    number = {"type": "number"}
    wait = {"place": STRING, "step": STRING, "count": INTEGER}
    cause = closed({"place": STRING, "message": STRING, "count": INTEGER})
    return {
        "ok": {"type": "boolean"},
        "asked": {"type": ["integer", "null"]},
        **dict.fromkeys(("started", "passed", "failed", "unfinished", "ignored"), INTEGER),
        "seconds": number,
        "notes": listed(STRING),
        "waits": listed(
            closed({**wait, "p50": number, "p95": number, "p99": number, "longest": number})
        ),
        "failures": listed(_failure()),
        "failed_at": listed(cause),
        "stray": {"type": "object", "additionalProperties": INTEGER},
    }


def _statistics() -> Schema:
    counts = {"type": "object", "additionalProperties": INTEGER}
    number = {"type": "number"}
    times = closed(
        {"count": INTEGER, "p50": number, "p95": number, "p99": number, "longest": number}
    )
    server = {"name": STRING, "connected": {"type": "boolean"}, "events": INTEGER}
    calls = ("tried", "answered", "refused", "failed")
    return {
        "calls": closed(dict.fromkeys(calls, INTEGER)),
        **dict.fromkeys(("requests", "responses", "sent_requests", "received_responses"), counts),
        "faked": listed(closed({"status": INTEGER, "cause": STRING, "count": INTEGER})),
        "refused": counts,
        "servers": listed(closed({**server, "first_action": times, "final_reply": times})),
        "transactions": counts,
        "retransmissions": closed({"sent": INTEGER, "absorbed": INTEGER}),
        "counts": counts,
    }


def _difference() -> Schema:
    one = closed({"where": STRING, "expected": STRING, "got": STRING})
    return {
        "call_id": STRING,
        "step": INTEGER,
        "packet": {"type": ["integer", "null"]},
        "what": {"enum": ["different", "missing", "unexpected"]},
        "differences": listed(one),
        "expected": STRING,
        "got": STRING,
    }


def _replay() -> Schema:
    counts = ("calls", "unfinished", "sent", "compared", "differences")
    return {
        "ok": {"type": "boolean"},
        "to": STRING,
        "asked": {"type": ["integer", "null"]},
        **dict.fromkeys(counts, INTEGER),
        "seconds": {"type": "number"},
    }


def _check() -> Schema:
    texts = ("id", "title", "purpose", "reference", "reason", "fault", "expected", "got", "command")
    return {
        **dict.fromkeys(texts, STRING),
        "verdict": {"enum": ["pass", "fail", "known", "skipped"]},
        "seconds": {"type": "number"},
        **dict.fromkeys(("frames", "files"), listed(STRING)),
    }


def _checks() -> Schema:
    return {
        "suite": {"enum": ["openser", "appserver"]},
        "target": STRING,
        "server": STRING,
        "seconds": {"type": "number"},
        "verdicts": {"type": "object", "additionalProperties": INTEGER},
        "surprises": listed(STRING),
    }


def _failure() -> Schema:
    comparison = {"field": STRING, "expected": STRING, "got": STRING, "holds": {"type": "boolean"}}
    frame = {**closed({"type": STRING, "hex": HEX}), "type": ["object", "null"]}
    return closed(
        {
            "call": INTEGER,
            "call_id": STRING,
            "place": STRING,
            "step": STRING,
            "message": STRING,
            "seconds": {"type": "number"},
            "comparisons": listed(closed(comparison)),
            "frame": frame,
        }
    )
