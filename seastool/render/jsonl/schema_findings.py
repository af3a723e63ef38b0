"""The records of `seastool lint` and `seastool doctor` in the JSON Schema."""

from __future__ import annotations

from seastool.render.jsonl.schema_parts import (
    BOOLEAN,
    HEX,
    INTEGER,
    NULLABLE,
    NUMBER,
    SEVERITY,
    STRING,
    Schema,
    closed,
    listed,
    nullable,
)

_CAUSE: Schema = {
    "cause": STRING,
    "severity": SEVERITY,
    "title": STRING,
    "meaning": STRING,
    "reference": STRING,
}
FINDING: Schema = {
    "rule": STRING,
    "severity": SEVERITY,
    "path": STRING,
    "start": INTEGER,
    "length": INTEGER,
    "bytes": HEX,
    "text": STRING,
    "message": STRING,
}


def finding_record() -> Schema:
    """One finding of lint, and where."""
    return {
        "packet": INTEGER,
        "time": STRING,
        "time_ns": INTEGER,
        "connection": nullable("integer"),
        "type": STRING,
        "dialect": STRING,
        **FINDING,
    }


def rule_record() -> Schema:
    """A rule of lint, of --list-rules."""
    return {"id": STRING, "severity": SEVERITY, "description": STRING}


def cause_record() -> Schema:
    """A cause of the doctor, of --list-causes."""
    return {**_CAUSE, "evidence": STRING, "cure": STRING}


def diagnosis_record() -> Schema:
    """A cause that was found, with where it shows."""
    symptom = {
        "message": STRING,
        "packet": nullable("integer"),
        "time": NULLABLE,
        "time_ns": nullable("integer"),
        "unit": STRING,
        "start": INTEGER,
        "length": INTEGER,
        "bytes": HEX,
        "call_id": STRING,
    }
    told = {
        "cure": STRING,
        "follows": listed(STRING),
        "count": INTEGER,
        "symptoms": listed(closed(symptom)),
    }
    return {"target": STRING, "rank": INTEGER, **_CAUSE, **told}


def prediction_record() -> Schema:
    """What a server makes of a message; of several servers alike, their names (`servers`)."""
    texts = dict.fromkeys(("cure", "message", "text"), STRING)
    reason = {**_CAUSE, **texts, "start": INTEGER, "length": INTEGER}
    return {
        "target": STRING,
        "servers": STRING,
        "start_line": STRING,
        "dialect": STRING,
        "taken": BOOLEAN,
        "event_length": nullable("integer"),
        "reasons": listed(closed(reason)),
    }


def look_record() -> Schema:
    """What a live look at a proxy saw."""
    lists = ("opened", "listening", "bound", "reasons", "remarks")
    return {
        **dict.fromkeys(("host", "name", "failure", "dialect", "layout", "server"), STRING),
        **dict.fromkeys(("port", "pings", "strangers", "max_name"), INTEGER),
        **dict.fromkeys(lists, listed(STRING)),
        **dict.fromkeys(("call", "zero_call"), nullable("integer")),
        **dict.fromkeys(("event", "zero_event"), BOOLEAN),
        "seconds": NUMBER,
    }
