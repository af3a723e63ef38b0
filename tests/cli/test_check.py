"""`seastool check`: its options, what it writes, how it ends."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
from xml.etree import ElementTree

import pytest
from captures_to_decode import ROOT
from endpoint_processes import START, Endpoint

from seastool.net.gateway import Gateway, GatewayOptions
from seastool.net.sip import SipSocket
from seastool.seas.openser.behaviours import behave_like
from seastool.sip.hop import UDP

QUICK = ("--timeout", "1s", "--quiet-time", "80ms")
PATIENT = ("--timeout", "10s", "--quiet-time", "80ms")  # where nothing fails


@pytest.fixture(scope="module")
def gateway():
    """The event port of a gateway that behaves as Kamailio."""
    ready, done = threading.Event(), threading.Event()
    ports = []

    async def main():
        options = GatewayOptions(behaviour=behave_like("kamailio-5.6.3"))
        sip = [SipSocket(UDP, "127.0.0.1", 0)]
        async with Gateway(sip=sip, seas_port=0, options=options) as gateway:
            ports.append(gateway.seas_port)
            ready.set()
            while not done.is_set():
                await asyncio.sleep(0.01)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    ready.wait(10)
    yield f"127.0.0.1:{ports[0]}"
    done.set()
    thread.join(10)


def test_a_run_with_everything(seastool, gateway, tmp_path):
    junit, kept = tmp_path / "junit.xml", tmp_path / "kept"
    select = ("--select", "request.event,uac.final", "--select", "request.tcp")
    files = ("--junit", junit, "--artefacts", kept)
    ran = seastool("check", "openser", gateway, *QUICK, *select, *files, "--github", "-v")
    assert ran.code == 0, ran.out + ran.err
    assert "final-replies-lost" in ran.out
    assert f"repeat     seastool check openser {gateway}" in ran.out
    assert "UAC_REQ" in ran.out
    assert "::warning title=" in ran.out
    assert "(kamailio-5.6.3): 3 checks" in ran.out
    names = {path.name for path in kept.iterdir()}
    assert names == {f"uac.final.{end}" for end in ("pcapng", "txt", "ladder.txt")}
    assert len(list(ElementTree.parse(junit).getroot().iter("testcase"))) == 3
    decoded = seastool("decode", kept / "uac.final.pcapng")
    assert decoded.code == 0
    assert "UAC_REQ" in decoded.out


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 0),
        (("--fail-on", "known"), 1),
        (("--server", "openser-1.2.0"), 1),
        (("--sip", "none"), 1),
    ],
    ids=str,
)
def test_what_fails(seastool, gateway, options, code):
    ran = seastool("check", "openser", gateway, *QUICK, "--select", "uac.final", *options)
    assert ran.code == code, ran.out + ran.err


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("uac.final: known final-replies-lost", 0, ""),
        ("uac.final: pass", 1, "not as expected: uac.final: known final-replies-lost"),
        ("uac.finale: pass", 3, "there is no check uac.finale"),
    ],
)
def test_expected(seastool, gateway, tmp_path, text, code, told):
    file = tmp_path / "expected.yaml"
    file.write_text(text)
    options = ("--select", "uac.final", "--expected", file)
    ran = seastool("check", "openser", gateway, *QUICK, *options)
    assert ran.code == code
    assert told in ran.out + ran.err


def test_json_is_as_the_schema_says(seastool, gateway):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "docs/schema/record.json").read_text())
    options = ("--select", "uac.final,ping.form", "--json")
    ran = seastool("check", "openser", gateway, *QUICK, *options)
    records = [json.loads(line) for line in ran.out.splitlines()]
    assert [record["record"] for record in records] == ["check", "check", "checks"]
    for record in records:
        jsonschema.validate(record, schema)
    assert records[-1]["verdicts"] == {"pass": 0, "fail": 0, "known": 1, "skipped": 1}


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("openser",), 2, "say which proxy"),
        (("openser", "127.0.0.1:1", "--timeout", "300ms"), 4, "127.0.0.1:1"),
        (("openser", ":5080", "--select", "nothing"), 2, "--list shows them"),
        (("openser", ":5080", "--select", "kill.*"), 2, "--dangerous"),
        (("openser", ":5080", "--timeout", "0"), 2, "--timeout"),
        (("openser", ":5080", "--server", "x"), 2, "no dialect"),
        (("openser", ":5080", "--json", "--github"), 2, "choose one"),
        (("openser", ":5080", "--expected", "/no/such"), 3, "--expected"),
        (("openser", ":5080", "--artefacts", "/dev/null/x"), 2, "--artefacts"),
        (("appserver", "--listen", "nowhere"), 2, "--listen"),
        (("appserver", "--listen", ":0", "--wait", "100ms"), 4, "no application server"),
    ],
    ids=str,
)
def test_one_line_says_what_is_wrong(seastool, arguments, code, told):
    ran = seastool("check", *arguments)
    assert ran.code == code, ran.out + ran.err
    assert told in ran.err.splitlines()[-1]


@pytest.mark.parametrize("suite", ["openser", "appserver"])
def test_the_list(seastool, suite):
    ran = seastool("check", suite, "--list", "--select", "open.*")
    assert ran.code == 0
    assert all(line.startswith("open.") for line in ran.out.splitlines())
    assert len(seastool("check", suite, "--list", "-v").out.splitlines()) > 75


def test_against_an_application_server_of_its_own(tmp_path):
    ready, command = tmp_path / "ready", [sys.executable, "-m", "seastool"]
    select = ["--select", "open.*,ping.*,call.*,cancel.*,again.after-close"]
    options = ["--listen", "127.0.0.1:0", "--ready-file", str(ready), *PATIENT, *select]
    with subprocess.Popen(
        [*command, "check", "appserver", *options], stdout=subprocess.PIPE, text=True
    ) as check:
        while not ready.exists():
            assert check.poll() is None
        where = ready.read_text().strip()
        behave = ["--behave", "answer", "--delay", "200ms", "-q"]
        server = subprocess.Popen([*command, "appserver", "--connect", where, *behave])
        try:
            out = check.communicate(timeout=50)[0]
        finally:
            server.terminate()
            server.wait(10)
    assert check.returncode == 0, out
    assert " passed" in out.splitlines()[-1]
    assert "failed" not in out.splitlines()[-1]


CODES = {signal.SIGTERM: 1, signal.SIGINT: 130}


def not_run(junit):
    """How many there are, and the ids of those that were not run, with the reason."""
    cases = list(ElementTree.parse(junit).getroot().iter("testcase"))
    left = {
        case.get("name").partition(":")[0]: skipped.get("message")
        for case in cases
        if (skipped := case.find("skipped")) is not None
    }
    return len(cases), left


@pytest.mark.parametrize("number", CODES)
def test_ended_by_a_signal_it_keeps_what_was_done(gateway, tmp_path, number):
    junit = tmp_path / "junit.xml"
    select = ["--select", "open.socket-info,open.name-taken,bind.processor-id"]
    options = ["--junit", str(junit), "--quiet-time", "50s", *select]  # which name-taken waits for
    with subprocess.Popen(
        [sys.executable, "-c", START, "check", "openser", gateway, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as check:
        first = check.stdout.readline()
        check.send_signal(number)
        out, err = check.communicate(timeout=40)
    assert first.startswith("pass     open.socket-info")
    assert check.returncode == CODES[number], out + err
    assert f"1 checks in 0.0 s: 1 passed, 2 not run, as {number.name} ended it" in out
    assert err == ""
    reason = f"not run: ended by {number.name}"
    assert not_run(junit) == (3, dict.fromkeys(("open.name-taken", "bind.processor-id"), reason))


@pytest.mark.parametrize("number", CODES)
def test_ended_while_nobody_has_connected(tmp_path, number):
    junit = tmp_path / "junit.xml"
    options = ("--listen", ":0", "--wait", "100s", "--select", "ping.*", "--junit", junit, "--json")
    check = Endpoint(tmp_path, "check", "appserver", *options)
    where = check.ready()
    assert check.end(number) == CODES[number]
    (record,) = map(json.loads, check.out.splitlines())
    assert (record["ended"], record["target"]) == (number.name, where)
    count, left = not_run(junit)
    assert count == len(left) == len(record["left"]) > 2
