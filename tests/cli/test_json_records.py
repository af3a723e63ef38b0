"""What the commands print with ``--json`` is as docs/schema/record.json and docs/json.md say."""

import json
import re
from typing import Any

import jsonschema
import pytest
from captures_to_decode import ROOT

from seastool.ladder import Limits, Mark, Severity, build_ladder
from seastool.ladder.jsonl import ladder_json
from seastool.net.doctor import Look
from seastool.seas.types import Socket

SESSION = ROOT / "captures" / "kamailio-5.6.3-session.pcap"
OPENSER = ROOT / "captures" / "openser-1.3.0-session.pcap"
PREPARED = ROOT / "tests" / "interop" / "doctor" / "prepared"
SCHEMA = json.loads((ROOT / "docs" / "schema" / "record.json").read_text(encoding="utf-8"))
VALID = jsonschema.Draft202012Validator(SCHEMA)


def checked(text: str) -> list[dict[str, Any]]:
    """The records of an output, each of which the schema allows."""
    records = [json.loads(line) for line in text.splitlines()]
    for record in records:
        VALID.validate(record)
    return records


@pytest.mark.parametrize(
    ("arguments", "kinds"),
    [
        (("ladder", SESSION, "--all-frames"), {"ladder"}),
        (("ladder", OPENSER), {"ladder"}),
        (("stats", SESSION), {"stats"}),
        (("stats", OPENSER), {"stats"}),
        (("lint", OPENSER), {"finding"}),
        (("lint", "--list-rules"), {"rule"}),
        (("doctor", SESSION), {"diagnosis"}),
        (("doctor", "127.0.0.1:1"), {"look", "diagnosis"}),
        (("doctor", "--list-causes"), {"cause"}),
    ],
    ids=lambda value: "-".join(map(str, value[:1])) if isinstance(value, tuple) else "",
)
def test_records(seastool, arguments, kinds) -> None:
    records = checked(seastool(*arguments, "--json").out)
    assert {record["record"] for record in records} == kinds


@pytest.mark.parametrize("dialect", [(), ("--dialect", "kamailio-5.6.3")], ids=["all", "one"])
def test_predictions(seastool, tmp_path, dialect) -> None:
    path = tmp_path / "message.sip"
    path.write_bytes(b"OPTIONS sip:b@x SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n")
    records = checked(seastool("doctor", path, *dialect, "--json").out)
    assert {record["record"] for record in records} == {"prediction"}
    assert any(record["reasons"] for record in records)
    assert all(("servers" in record) is not bool(dialect) for record in records)


def test_an_encoded_message(seastool, tmp_path) -> None:
    path = tmp_path / "message.sip"
    path.write_bytes(
        b"OPTIONS sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@x>;tag=1\r\n"
        b"To: <sip:b@x>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n"
    )
    (record,) = checked(seastool("encode", path, "--json").out)
    assert record["record"] == "encoded"


def test_what_a_ladder_has_no_place_for() -> None:
    import seastool

    ladder = build_ladder(seastool.read_capture(str(SESSION)), limits=Limits(calls=1))
    ladder.add_marks([Mark(9999, Severity.INFO, "elsewhere")])
    *_, rest = checked("".join(ladder_json(ladder, others=True)))
    assert rest["record"] == "ladder_rest"
    assert (len(rest["marks"]), len(rest["left_out"])) == (1, 1)


def test_a_look_that_saw_all() -> None:
    from seastool.cli.doctoring.live import _json

    look = Look("127.0.0.1", 5080, "as", {Socket.EVENT}, call=200, zero_call=500, listening=["x"])
    told = {"schema_version": 1, "record": "look", **_json(look)}
    checked(json.dumps(told))


def test_the_schema_refuses_what_it_does_not_know(seastool) -> None:
    (record, *_) = checked(seastool("ladder", SESSION, "--json").out)
    with pytest.raises(jsonschema.ValidationError):
        VALID.validate({**record, "unknown": 1})


def test_the_page_names_every_record() -> None:
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    table = page.partition("## Records")[2].partition("Where and when")[0]
    told = {name for row in re.findall(r"(?m)^\| (`.*?) \|", table) for name in row.split("`")}
    kinds = {kind for one in SCHEMA["anyOf"] for kind in one["properties"]["record"]["enum"]}
    assert kinds <= told
