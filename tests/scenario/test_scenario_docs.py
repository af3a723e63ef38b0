"""The examples of docs/scenario.md load, and run where they are whole; its tables are complete."""

import re
from pathlib import Path

import pytest
from joining import join

from seastool.render.paint import Paint
from seastool.scenario.loader import parse_scenario
from seastool.scenario.matching.fields import FIELDS
from seastool.scenario.reading.model import (
    STEP_KEYS,
    ExpectModel,
    LoadModel,
    ScenarioModel,
    SendModel,
)
from seastool.scenario.running.pacing import Load
from seastool.scenario.running.result_text import failure_lines, result_record
from seastool.scenario.texts.call import ATTRIBUTES
from seastool.scenario.texts.scope import BUILT_IN, FUNCTIONS

TEXT = (Path(__file__).parents[2] / "docs" / "scenario.md").read_text()
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
WHOLE = [block for block in BLOCKS if block.startswith("scenario:")]
PARTS = [block for block in BLOCKS if not block.startswith("scenario:")]
NAMED = "  - send: {as: invite, sip: 'INVITE sip:b@c SIP/2.0'}\n"


@pytest.mark.parametrize("text", WHOLE)
def test_whole_scenarios(text):
    assert parse_scenario(text, "docs").program


@pytest.mark.parametrize("text", PARTS)
def test_parts(text):
    head, _, steps = text.partition("\n")
    role = re.search(r"role: (\w+)", head)[1]
    before = NAMED if "after" in head else ""
    steps = "".join(f"  {line}\n" for line in steps.splitlines())
    assert parse_scenario(f"scenario: x\nrole: {role}\nsteps:\n{before}{steps}", "docs").program


def test_the_first_two_pass_against_each_other():
    proxy, server = join(WHOLE[0], WHOLE[1])
    assert proxy.result.ok
    assert server.result.ok


def test_the_load():
    answers = WHOLE[1].replace("role: appserver", "role: appserver\nload: {calls: 1000}")
    proxy, _ = join(WHOLE[2], answers)
    assert proxy.result.ok
    assert proxy.result.passed == 1000
    assert proxy.result.seconds == pytest.approx(5, abs=0.1)


def test_the_failure_that_is_shown():
    proxy, _ = join(WHOLE[0], WHOLE[1].replace("reply: 200", "reply: 405"), load=Load())
    (failure,) = proxy.result.failures
    assert f"{failure.step}: {failure.message}" in TEXT
    assert "x sip.status  expected 200, got 405" in TEXT


@pytest.mark.parametrize(
    "names",
    [
        [name.rstrip("_") for name in ScenarioModel.model_fields],
        [name.rstrip("_") for name in SendModel.model_fields],
        [name.rstrip("_") for name in ExpectModel.model_fields],
        LoadModel.model_fields,
        STEP_KEYS,
        BUILT_IN,
        FUNCTIONS,
        ATTRIBUTES,
        [name for name in FIELDS if name.startswith("sip.")],
    ],
    ids=["file", "send", "expect", "load", "steps", "built in", "functions", "attributes", "sip"],
)
def test_everything_is_named(names):
    missing = [name for name in names if not re.search(rf"`[^`]*\b{re.escape(name)}\b[^`]*`", TEXT)]
    assert missing == []


CALLER = """\
scenario: a caller
role: openser
steps:
  - send:
      as: invite
      sip: |
        INVITE sip:bob@example.com SIP/2.0
        Via: SIP/2.0/UDP {{ source }};branch={{ branch }}
        From: <sip:alice@example.com>;tag={{ tag }}
        To: <sip:bob@example.com>
        Call-ID: {{ call_id }}
        CSeq: 1 INVITE
        Contact: <sip:alice@{{ source }}>
        Content-Length: auto
  - expect: {type: REPLY_PROV, of: invite, where: {sip.status: 180}}
  - expect: {type: REPLY_FIN, of: invite, where: {Contact: "<sip:carol@example.com>"}}
  - send: {ack: invite}
"""


def callee(text: str = "") -> str:
    """The example of an application server that redirects, as a whole scenario."""
    (part,) = (part for part in PARTS if 'Contact: "<sip:carol' in part)
    steps = part.partition("\n")[2]
    assert steps.count('transport": UDP') == 1
    steps = "".join(f"  {line}\n" for line in steps.splitlines())
    return f"scenario: redirects\nrole: appserver\nsteps:\n{steps}".replace(": UDP", f": {text}")


def test_the_redirecting_server_passes_with_its_caller():
    proxy, server = join(CALLER, callee("UDP"), "kamailio-5.6.3")
    assert proxy.result.ok
    assert server.result.ok


def test_a_first_step_that_wants_no_request_says_why():
    _, server = join(CALLER, callee("udp"), "kamailio-5.6.3", load=Load(calls=3))
    result = server.result
    assert (result.started, result.stray, result.failures) == (0, {"T_REQ_IN": 3}, [])
    assert result.refused.call == 0
    lines = list(failure_lines(result.refused, Paint(False)))
    assert lines[0].endswith("expect T_REQ_IN INVITE: T_REQ_IN begins no call")
    assert "  x VIA.vias[0].transport  expected udp, got UDP" in lines
    assert "    sip.method             expected INVITE, got INVITE" in lines
    assert any("the frame: T_REQ_IN" in line for line in lines)
    assert result_record(result)["refused"]["message"] == "T_REQ_IN begins no call"


def test_nothing_is_told_of_requests_beside_the_calls_that_came():
    server = callee("UDP").replace("steps:", "load: {calls: 1}\nsteps:")
    caller = CALLER.replace("steps:", "load: {calls: 2}\nsteps:")
    _, server = join(caller, server, "kamailio-5.6.3")
    assert server.result.ok
    assert server.result.stray["T_REQ_IN"] == 1
    assert server.result.refused is None
