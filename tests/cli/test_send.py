"""``seastool send`` against a proxy in a thread, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from captures_to_decode import ROOT
from proxy_thread import INCOMING, NAME, REQUEST, RESPONSE, Proxy

from seastool.seas.openser import behave_like
from seastool.seas.openser import outcomes as did

# A shell in the background leaves SIGINT ignored, and the child inherits that.
START = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from seastool.cli.main import main; main()"
)


@pytest.fixture
def file(tmp_path):
    def write(text: str | bytes, name: str = "message.sip"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@contextmanager
def running(*arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", START, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    assert b"Traceback" not in err, err.decode()
    return process.returncode, out.decode(), err.decode()


def uac(seastool, proxy, *arguments):
    return seastool("send", "uac", *arguments, "--connect", proxy.place)


OPTIONS = ("OPTIONS", "sip:bob@127.0.0.1")
INVITE = ("INVITE", "sip:bob@127.0.0.1")


# Requests.


@pytest.mark.parametrize(("status", "code"), [(200, 0), (302, 1), (404, 1), (603, 1)])
def test_the_final_response_makes_the_exit_code(process, status, code):
    with Proxy(status) as proxy:
        ran = process("send", "uac", *OPTIONS, "--connect", proxy.place)
    assert ran.returncode == code
    (line,) = ran.stdout.decode().splitlines()
    assert re.search(rf"^ *\d+ +0\.\d+ -> as +RES_IN .* {status} ", line)
    told = ran.stderr.decode().splitlines()
    assert told[0] == f"seastool: connected to {proxy.place} as '{NAME}'"
    assert told[1].startswith("seastool: sent OPTIONS sip:bob@127.0.0.1 (uac id ")
    assert told[2].startswith(f"seastool: {status} ")
    assert len(told) == 3


def test_a_call(seastool):
    with Proxy(180, 200) as proxy:
        ran = uac(seastool, proxy, *INVITE, "--body", "v=0\r\n", "--bye-after", "50ms")
        sent = proxy.of(did.Requested)
    assert ran.code == 0
    assert [request.method for request in sent] == [b"INVITE", b"ACK", b"BYE"]
    assert b"\r\nContent-Type: application/sdp\r\n" in sent[0].sip
    assert [re.search(r" (\d{3} [A-Z]\w+) ", line)[1] for line in ran.out.splitlines()] == [
        "180 Ringing",
        "200 OK",
        "200 OK",
    ]
    assert "answered; a BYE follows in 0.05 s" in ran.err


def test_a_call_that_stays(seastool):
    with Proxy(200) as proxy:
        ran = uac(seastool, proxy, *INVITE)
        assert [one.method for one in proxy.of(did.Requested)] == [b"INVITE", b"ACK"]
    assert ran.code == 0
    assert "the call is up, and stays so" in ran.err


def test_a_call_without_its_ack(seastool):
    with Proxy(200) as proxy:
        ran = uac(seastool, proxy, *INVITE, "--no-ack")
        assert [one.method for one in proxy.of(did.Requested)] == [b"INVITE"]
    assert ran.code == 0


def test_a_call_that_is_not_answered_is_cancelled(seastool):
    with Proxy(180) as proxy:
        ran = uac(seastool, proxy, *INVITE, "--timeout", "300ms")
        proxy.wait_for(did.Cancelled)
    assert ran.code == 4
    assert "no final response within 0.3 s, the last response was 180 Ringing" in ran.err
    assert "the INVITE is cancelled (" in ran.err
    assert "487 Request Terminated" in ran.out


def test_a_request_that_the_proxy_refuses(seastool, file):
    text = REQUEST.replace(";tag=mine", "")
    with Proxy(200) as proxy:
        ran = uac(seastool, proxy, "--file", file(text))
    assert ran.code == 1
    assert "AC_RES_FAIL" in ran.out
    assert "warning: From has no tag: the proxy answers AC_RES_FAIL 2" in ran.err
    assert "the proxy refused it: From tag missing (AC_RES_FAIL 2)" in ran.err


def test_a_time_out_of_the_proxy(seastool):
    with Proxy() as proxy:
        proxy.on_outcome = lambda outcome: (
            isinstance(outcome, did.Requested)
            and proxy.loop.call_soon(proxy.openser.time_out, outcome.uac_id)
        )
        ran = uac(seastool, proxy, *OPTIONS)
    assert ran.code == 1
    assert "408 Request Timeout, of the proxy's own" in ran.err


def test_kamailio_reports_nothing(seastool):
    with Proxy(200, behaviour=behave_like("kamailio-5.6.3")) as proxy:
        ran = uac(seastool, proxy, *OPTIONS, "--timeout", "300ms")
    assert ran.code == 4
    assert ran.out == ""
    assert "no final response within 0.3 s, nor any other" in ran.err
    assert "never reports a final response" in ran.err
    assert "pass_provisional_replies=1" in ran.err


def test_openser_cannot_say_that_it_refuses(seastool, file):
    path = file(REQUEST.replace(";tag=mine", ""))
    with Proxy(200, behaviour=behave_like("openser-1.3.0")) as proxy:
        wanted = ("--timeout", "300ms", "--dialect", "openser-1.3.0")
        ran = uac(seastool, proxy, "--file", path, *wanted)
    assert ran.code == 4
    assert "AC_RES_FAIL never arrives" in ran.err


def test_all_parts_of_a_request(seastool):
    with Proxy(200) as proxy:
        ran = uac(
            seastool, proxy, "MESSAGE", "sip:bob@127.0.0.1", "--from", "<sip:a@h>;tag=mine",
            "--to", "sip:b@h", "--body", "hello", "--content-type", "text/x", "-H", "X-One:  1",
            "--header", "X-Two: 2", "--cseq", "44", "--call-id", "known",
        )  # fmt: skip
        sip = proxy.of(did.Requested)[0].sip.decode()
    assert ran.code == 0
    assert "Call-ID known" in ran.err
    for line in ("CSeq: 44 MESSAGE", "Call-ID: known", "X-One: 1", "X-Two: 2",
                 "Content-Type: text/x", "To: <sip:b@h>", "From: <sip:a@h>;tag=mine"):  # fmt: skip
        assert f"\r\n{line}\r\n" in sip
    assert sip.endswith("\r\n\r\nhello")


def test_a_body_from_a_file(seastool, file):
    with Proxy(200) as proxy:
        uac(seastool, proxy, *OPTIONS, "--body", file(b"v=0\r\no=-\r\n", "offer.sdp"))
        sip = proxy.of(did.Requested)[0].sip
    assert sip.endswith(b"\r\n\r\nv=0\r\no=-\r\n")
    assert b"Content-Type: application/sdp\r\n" in sip


def test_a_body_that_may_have_been_meant_as_a_file(seastool):
    with Proxy(200) as proxy:
        ran = uac(seastool, proxy, *OPTIONS, "--body", "offer.sdp")
    assert "warning: --body offer.sdp: no such file, so it is sent as text" in ran.err


def test_an_edited_file_is_put_right(seastool, file):
    text = REQUEST.replace("\r\n", "\n").replace("Content-Length: 0\n\n", "")
    with Proxy(200) as proxy:
        ran = uac(seastool, proxy, "--file", file(text))
    assert ran.code == 0
    assert proxy.of(did.Mistake) == []


def test_standard_input(process):
    with Proxy(200) as proxy:
        ran = process(
            "send", "uac", "--file", "-", "--connect", proxy.place, stdin=REQUEST.encode()
        )
    assert ran.returncode == 0


def test_a_raw_file_goes_as_it_is(seastool, file):
    text = REQUEST.replace("\r\n", "\n")
    with Proxy(200) as proxy:
        ran = uac(seastool, proxy, "--file", file(text), "--raw", "--json", "--all")
    records = [json.loads(line) for line in ran.out.splitlines()]
    sent = next(record for record in records if record["type"] == "UAC_REQ")
    assert sent["fields"]["text"] == text


def test_a_spiral_wants_a_binding(seastool):
    with Proxy(200) as proxy:
        ran = uac(seastool, proxy, *OPTIONS, "--spiral", "--timeout", "200ms")
        assert "warning: spiral, but processor 1 is not bound" in ran.err
        ran = uac(seastool, proxy, *OPTIONS, "--spiral", "--bind", "*", "--timeout", "200ms")
        assert "warning" not in ran.err
        assert "BIND sent for udp:127.0.0.1" in ran.err


def test_a_proxy_that_reads_the_other_layout(seastool):
    like = behave_like("opensips-1.6.3")
    with Proxy(180, 200, behaviour=like, actions=like.dialect) as proxy:
        ran = uac(seastool, proxy, *INVITE, "--bye-after", "0s")
        assert [one.method for one in proxy.of(did.Requested)] == [b"INVITE", b"ACK", b"BYE"]
    assert ran.code == 0
    assert "it reads layout A, so name it with --dialect" in ran.err


def test_the_proxy_is_asked_for_its_layout(seastool):
    like = behave_like("opensips-1.6.3")
    with Proxy(200, behaviour=like, actions=like.dialect) as proxy:
        for wish in (("--probe",), ("--dialect", "opensips-1.6.3")):
            ran = uac(seastool, proxy, *OPTIONS, *wish)
            assert ran.code == 0
            assert len(ran.out.splitlines()) == 1  # without what the probe got
            assert "instead of" not in ran.err


# Replies and the others.


def test_a_reply(seastool):
    with Proxy() as proxy:
        name = proxy.transaction()
        ran = seastool(
            "send", "reply", name, "486", "Not now", "--to-tag", "known", "-H", "X-Why: so",
            "--connect", proxy.place, "--wait", "200ms",
        )  # fmt: skip
        (replied,) = proxy.of(did.Replied)
    assert ran.code == 0
    assert f"sent 486 to {name}; a proxy never says whether it took a reply" in ran.err
    assert replied.status == 486
    assert replied.sip.startswith(b"SIP/2.0 486 Not now\r\n")
    assert b";tag=known\r\n" in replied.sip
    assert b"\r\nX-Why: so\r\n" in replied.sip
    assert b"placeholder" not in replied.sip
    assert proxy.of(did.Mistake) == []


def test_the_ack_of_a_reply_is_shown(seastool):
    ack = INCOMING.replace(b"INVITE", b"ACK").replace(b"bob@example.com>", b"bob@h>;tag=known")

    def answered(outcome):
        if isinstance(outcome, did.Replied):
            proxy.loop.call_later(0.05, proxy.openser.request, ack)

    with Proxy() as proxy:
        proxy.on_outcome = answered
        ran = seastool(
            "send", "reply", proxy.transaction(), "200", "--to-tag", "known",
            "--body", "v=0\r\n", "--connect", proxy.place, "--wait", "500ms", "--bind", "*",
        )  # fmt: skip
    assert ran.code == 0
    assert "T_REQ_IN" in ran.out
    assert "ACK sip:bob@127.0.0.1 (of a 2xx)" in ran.out


def test_a_reply_from_a_file(seastool, file):
    with Proxy() as proxy:
        ran = seastool(
            "send", "reply", proxy.transaction(), "--file", file(RESPONSE),
            "--connect", proxy.place, "--wait", "100ms",
        )  # fmt: skip
        (replied,) = proxy.of(did.Replied)
    assert ran.code == 0
    assert replied.sip.startswith(b"SIP/2.0 486 Busy\r\n")


@pytest.mark.parametrize("status", [100, 180])
def test_a_provisional_reply(seastool, status):
    with Proxy() as proxy:
        ran = seastool(
            "send", "reply", proxy.transaction(), status, "--connect", proxy.place,
            "--wait", "100ms", "--all",
        )  # fmt: skip
    assert "REPLY_PROV" in ran.out
    assert proxy.of(did.Mistake) == []


def test_a_cancel(seastool):
    with Proxy(180) as proxy, running("send", "uac", *INVITE, "--connect", proxy.place) as call:
        requested = proxy.wait_for(did.Requested)[0]
        call.send_signal(signal.SIGKILL)  # so that its INVITE rings on
        call.wait()
        ran = None
        end = time.monotonic() + 10
        while ran is None or (ran.code == 4 and time.monotonic() < end):
            ran = seastool(
                "send", "cancel", f"{requested.hash_index}:{requested.label}", "--uac-id", "77",
                "--connect", proxy.place, "--wait", "300ms", "--connect-timeout", "500ms",
            )  # fmt: skip
        (cancelled,) = proxy.of(did.Cancelled)
    assert ran.code == 0
    assert cancelled.uac_id == 77
    assert "200 OK to the CANCEL" in ran.err
    assert "487 Request Terminated" in ran.out


def test_a_cancel_of_nothing(seastool):
    with Proxy(180) as proxy:
        ran = seastool("send", "cancel", "1:2", "--connect", proxy.place, "--wait", "100ms")
    assert ran.code == 0
    assert "nothing within 0.1 s says whether 1:2 was cancelled" in ran.err


def test_a_cancel_that_the_proxy_refuses(seastool):
    with Proxy(180, behaviour=behave_like("openser-1.3.0", off=behave_like("openser-1.3.0").faults)) as proxy:  # fmt: skip # noqa: E501
        ran = seastool(
            "send", "cancel", "1:2", "--connect", proxy.place, "--dialect", "openser-1.3.0"
        )
    assert ran.code == 1
    assert "the proxy refused it: 500 SEAS cancel error (AC_RES_FAIL 1)" in ran.err


def test_a_stateless_message(seastool, file):
    with Proxy() as proxy:
        ran = seastool(
            "send", "stateless", "--file", file(REQUEST), "--connect", proxy.place,
            "--wait", "100ms",
        )  # fmt: skip
        (sent,) = proxy.of(did.Stateless)
    assert ran.code == 0
    assert sent.sip == REQUEST.encode()
    assert "sent; a proxy never says what became of it" in ran.err


# What is shown.


def test_as_json(seastool):
    with Proxy(180, 200) as proxy:
        ran = uac(seastool, proxy, *INVITE, "--json")
    records = [json.loads(line) for line in ran.out.splitlines()]
    assert [record["sip"]["status"] for record in records] == [180, 200]
    assert {record["type"] for record in records} == {"RES_IN"}


def test_as_trees(seastool):
    with Proxy(200) as proxy:
        ran = uac(seastool, proxy, *OPTIONS, "-v")
    assert "uac_id" in ran.out
    assert ran.out.startswith("packet ")


def test_everything(seastool):
    with Proxy(200) as proxy:
        ran = uac(seastool, proxy, *OPTIONS, "--all")
    for kind in ("name", "socket info", "UAC_REQ", "RES_IN"):
        assert f" {kind} " in ran.out


def test_nothing(seastool):
    with Proxy(200) as proxy:
        ran = uac(seastool, proxy, *OPTIONS, "--quiet")
    assert ran.out == ""
    assert ran.code == 0


def test_written_to_a_file(seastool, tmp_path):
    path = tmp_path / "trace.pcapng"
    with Proxy(200) as proxy:
        assert uac(seastool, proxy, *OPTIONS, "--write", path).code == 0
    ran = seastool("decode", path)
    for kind in ("name", "socket info", "UAC_REQ", "RES_IN"):
        assert f" {kind} " in ran.out


def test_with_faults(seastool):
    with Proxy(200) as proxy:
        ran = uac(seastool, proxy, *OPTIONS, "--fault", "slice=7", "--seed", "1")
    assert ran.code == 0


# How it ends.


def test_no_proxy(process):
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{one.getsockname()[1]}"
        ran = process("send", "uac", *OPTIONS, "--connect", place)
    assert ran.returncode == 4
    assert ran.stdout == b""
    assert ran.stderr.decode() == f"seastool: event socket: {place}: connection refused\n"


def test_a_name_that_the_proxy_does_not_take(seastool):
    with Proxy(names=[b"known"]) as proxy:
        ran = uac(seastool, proxy, *OPTIONS, "--name", "other", "--connect-timeout", "200ms")
    assert ran.code == 4
    assert "no socket info within 0.2 s" in ran.err
    assert "as_relay_t()" in ran.err
    assert "is it connected already" in ran.err


def test_a_name_that_is_connected_already(seastool):
    with Proxy(180) as proxy, running("send", "uac", *INVITE, "--connect", proxy.place) as call:
        proxy.wait_for(did.Requested)
        ran = uac(seastool, proxy, *OPTIONS, "--connect-timeout", "200ms")
        call.send_signal(signal.SIGTERM)
        code, _, err = ended(call)
        proxy.wait_for(did.Cancelled)
    assert ran.code == 4
    assert "is it connected already" in ran.err
    assert code == 4
    assert "the INVITE is cancelled" in err


def test_interrupted_while_it_rings():
    with Proxy(180) as proxy, running("send", "uac", *INVITE, "--connect", proxy.place) as call:
        proxy.wait_for(did.Requested)
        assert call.stdout.readline()  # the 180 is there
        call.send_signal(signal.SIGINT)
        code, out, err = ended(call)
        proxy.wait_for(did.Cancelled)
    assert code == 130
    assert "the INVITE is cancelled" in err
    assert "ended before a final response" in err
    assert "487" in out


def test_interrupted_in_a_call():
    arguments = ("send", "uac", *INVITE, "--bye-after", "60s")
    with Proxy(200) as proxy, running(*arguments, "--connect") as wrong:
        assert ended(wrong)[0] == 2
        with running(*arguments, "--connect", proxy.place) as call:
            proxy.wait_for(did.Requested, 2)
            call.send_signal(signal.SIGINT)
            code, _, _ = ended(call)
        assert [one.method for one in proxy.of(did.Requested)] == [b"INVITE", b"ACK", b"BYE"]
    assert code == 130


def test_interrupted_before_it_is_sent():
    with socket.socket() as one, running("send", "uac", *OPTIONS, "--connect") as wrong:
        ended(wrong)
        one.bind(("127.0.0.1", 0))
        one.listen()
        place = f"127.0.0.1:{one.getsockname()[1]}"
        arguments = ("send", "uac", *OPTIONS, "--connect-timeout", "60s", "--connect", place)
        with running(*arguments) as process:
            accepted, _ = one.accept()
            assert accepted.recv(100)
            process.send_signal(signal.SIGINT)
            code, out, err = ended(process)
        accepted.close()
    assert (code, out) == (130, "")
    assert err == "seastool: ended before it was sent\n"


def test_the_proxy_goes(seastool):
    def happened(outcome):
        if isinstance(outcome, did.Requested):
            proxy.loop.call_soon(proxy.openser.listener.drop, proxy.openser.peer, "gone")
            proxy.loop.call_soon(proxy.openser._drive)

    with Proxy() as proxy:
        proxy.on_outcome = happened
        ran = uac(seastool, proxy, *OPTIONS)
    assert ran.code == 4
    assert f"the connection is lost: {proxy.place}: " in ran.err


def test_the_proxy_goes_in_a_call(seastool):
    def happened(outcome):
        if isinstance(outcome, did.Requested) and outcome.method == b"ACK":
            proxy.loop.call_soon(proxy.openser.listener.drop, proxy.openser.peer, "gone")
            proxy.loop.call_soon(proxy.openser._drive)

    with Proxy(200) as proxy:
        proxy.on_outcome = happened
        ran = uac(seastool, proxy, *INVITE, "--bye-after", "60s")
    assert ran.code == 4
    assert "seastool: 200 OK\n" in ran.err
    assert "the connection is lost: " in ran.err


def test_nobody_reads_the_output():
    with Proxy(180) as proxy, running("send", "uac", *INVITE, "--connect", proxy.place) as call:
        call.stdout.close()
        err = call.stderr.read().decode()
        assert call.wait(60) == 0
        proxy.wait_for(did.Cancelled)
    assert "Traceback" not in err


def test_a_name_that_is_too_long_is_told(seastool):
    with Proxy(200) as proxy:
        ran = uac(seastool, proxy, *OPTIONS, "--name", "x" * 16, "--connect-timeout", "200ms")
    assert ran.code == 4
    assert "has 16 bytes: " in ran.err


def test_help_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['seastool', 'send', 'uac', '--help']\n"
        "from seastool.cli.main import main\n"
        "try: main()\nexcept SystemExit: print('LOADED', *sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=True)
    loaded = ran.stdout.decode().rpartition("LOADED")[2].split()
    assert not {"asyncio", "seastool.seas", "seastool.net", "seastool.app"} & set(loaded)


def test_the_page_names_only_options_that_there_are(seastool):
    helps = [
        seastool("send", command, "--help").out
        for command in ("uac", "reply", "cancel", "stateless")
    ]
    page = (ROOT / "docs" / "send.md").read_text()
    named = set(re.findall(r"--[a-z][a-z-]+", page))
    known = set(re.findall(r"--[a-z][a-z-]+", "\n".join(helps)))
    assert named - known == set()
    assert known - named <= {"--help", "--verbose", "--hexdump", "--colour"}
