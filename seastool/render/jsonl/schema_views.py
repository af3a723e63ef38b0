"""The records of `seastool ladder` and `seastool stats` in the JSON Schema."""

from __future__ import annotations

from seastool.render.jsonl.schema_parts import (
    BOOLEAN,
    COUNTS,
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

_NOTHING_OR_INTEGER = nullable("integer")


def view_parts() -> Schema:
    """What the records have more than once, as definitions."""
    return {
        "mark": closed(
            {
                "packet": INTEGER,
                "arrow": _NOTHING_OR_INTEGER,
                "severity": SEVERITY,
                "text": STRING,
            }
        ),
        "times": closed(
            {
                "count": INTEGER,
                **dict.fromkeys(("p50", "p95", "p99", "shortest", "longest", "mean"), NUMBER),
                "buckets": listed(listed(nullable("number"))),
            },
            ("p50", "p95", "p99", "shortest", "longest", "mean", "buckets"),
        ),
        "method": closed(
            {
                **dict.fromkeys(("requests", "repeated", "unanswered"), INTEGER),
                "statuses": COUNTS,
                "first": ref("times"),
                "final": ref("times"),
            }
        ),
    }


def ladder_record() -> Schema:
    """One call of a ladder."""
    lifeline = {
        "role": {"enum": ["phone", "proxy", "application server"]},
        "name": STRING,
        "addresses": listed(STRING),
    }
    return {
        "number": _NOTHING_OR_INTEGER,
        "call_id": NULLABLE,
        "from": STRING,
        "to": STRING,
        "result": STRING,
        "status": _NOTHING_OR_INTEGER,
        "time": STRING,
        "time_ns": INTEGER,
        "duration_ns": INTEGER,
        "lifelines": listed(closed(lifeline)),
        "arrows": listed(closed(_arrow())),
        "marks": listed(ref("mark")),
    }


def _arrow() -> Schema:
    numbers = ("cseq", "hash_index", "hash_label", "uac_id")
    joined = ("repeats", "answers", "answer_ns", "follows", "follow_ns")
    return {
        **dict.fromkeys(("packet", "time_ns", "from", "to", "length"), INTEGER),
        "kind": {"enum": ["sip", "seas", "gap"]},
        **dict.fromkeys(("type", "label"), STRING),
        **dict.fromkeys(("method", "cseq_method"), NULLABLE),
        "status": _NOTHING_OR_INTEGER,
        **dict.fromkeys((*numbers, *joined), _NOTHING_OR_INTEGER),
        "is_retransmission": BOOLEAN,
    }


def ladder_rest_record() -> Schema:
    """What stands at no call, and what did not fit."""
    return {"marks": listed(ref("mark")), "left_out": COUNTS}


def stats_record(loss: Schema) -> Schema:
    """All figures of a capture. loss: what is told of one cause of losses."""
    names = ("tried", "answered", "refused", "cancelled", "failed", "open", "ended")
    spans = ("to_ringing", "to_answer", "talk")
    calls = {**dict.fromkeys((*names, "most_at_once"), INTEGER)}
    server = dict.fromkeys(("events", "actions", "pings"), INTEGER)
    waits = dict.fromkeys(("first_action", "final_reply", "pong"), ref("times"))
    sender = closed({"name": STRING, "messages": INTEGER, "bytes": INTEGER})
    party = closed({"name": STRING, "calls": INTEGER})
    series = {"start": NULLABLE, "interval": NUMBER, "counts": by_name(listed(INTEGER))}
    return {
        "start": NULLABLE,
        "seconds": NUMBER,
        "packets": INTEGER,
        "records": COUNTS,
        "calls": closed({**calls, **dict.fromkeys(spans, ref("times"))}),
        **dict.fromkeys(("events", "clients", "sip"), by_name(ref("method"))),
        "servers": by_name(closed({**server, **waits})),
        "talkers": closed(
            {"senders": listed(sender), "callers": listed(party), "callees": listed(party)}
        ),
        "series": closed(series),
        "troubles": COUNTS,
        "losses": by_name(loss),
        "notes": listed(STRING),
        "left_out": COUNTS,
    }
