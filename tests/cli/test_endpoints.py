"""``seastool appserver`` and ``seastool openser`` as a user runs them, against each other."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema
import pytest
from endpoint_processes import ROOT, Endpoint

Start = Callable[..., Endpoint]
OPTIONS = """\
OPTIONS sip:bob@127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5990;branch=z9hG4bKo
From: <sip:alice@example.com>;tag=1
To: <sip:bob@example.com>
Call-ID: o
CSeq: 1 OPTIONS
Max-Forwards: 70

"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Endpoint] = []

    def begin(*arguments: object, **options: object) -> Endpoint:
        running.append(Endpoint(tmp_path, *arguments, **options))
        return running[-1]

    yield begin
    for endpoint in running:
        endpoint.kill()


@pytest.fixture
def options_file(tmp_path: Path) -> Path:
    path = tmp_path / "options.sip"
    path.write_text(OPTIONS, encoding="utf-8")
    return path


def server_for(start: Start, proxy: Endpoint, *arguments: object) -> Endpoint:
    return start("appserver", "--connect", proxy.ready(), *arguments)


def test_a_hundred_calls(start: Start) -> None:
    load = ("--calls", 100, "--rate", "200/s")
    proxy = start("openser", "--scenario", "uac", "--listen", ":0", "-q", *load)
    server = server_for(start, proxy, "-q")
    assert proxy.end() == 0, proxy.err
    assert "100 of 100 calls passed" in proxy.err
    assert "p99" in proxy.err
    assert server.end(signal.SIGTERM) == 0
    assert "replies 300" in server.err


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)], ids=["ctrl-c", "term"]
)
def test_both_end_cleanly(start: Start, number: signal.Signals, code: int) -> None:
    proxy = start("openser", "--listen", ":0")
    server = server_for(start, proxy)
    server.ready()
    assert server.end(number) == code
    assert "no event came" in server.err
    assert "UNBIND" in server.out
    assert proxy.end(number) == code
    assert "is gone: event socket: closed by the peer" in proxy.err
    assert "binds 1, unbinds 1" in proxy.err


def test_files_are_handed_over_and_their_answers_awaited(start: Start, options_file: Path) -> None:
    proxy = start("openser", options_file, "--listen", ":0", "--calls", 3)
    server_for(start, proxy)
    assert proxy.end() == 0, proxy.err
    assert "3 sent, 3 answered (200: 3)" in proxy.err
    assert proxy.out.count("T_REQ_IN") == 3
    assert proxy.out.count("REPLY_FIN") == 3


def test_what_is_not_answered_is_a_failure(start: Start, options_file: Path) -> None:
    proxy = start("openser", options_file, "--listen", ":0")
    server_for(start, proxy, "--behave", "silent")
    assert proxy.end() == 1
    assert "1 without a final reply" in proxy.err


def test_nobody_binds(start: Start, options_file: Path) -> None:
    proxy = start("openser", options_file, "--listen", ":0", "--wait", "100ms")
    assert proxy.end() == 4
    assert "no application server has bound within 0.1 s" in proxy.err


def test_nobody_to_connect_to(start: Start) -> None:
    server = start("appserver", "--connect", "127.0.0.1:1", "--once")
    assert server.end() == 4
    assert "127.0.0.1:1: event socket: " in server.err
    assert "refused" in server.err


def test_strict_ends_at_the_first_mistake(start: Start, options_file: Path) -> None:
    proxy = start("openser", options_file, "--listen", ":0", "--strict")
    server_for(start, proxy, "--fault", "duplicate=1@REPLY_FIN")
    assert proxy.end() == 1
    assert "[reply-second-final]" in proxy.err


def test_json_and_a_trace_say_the_same(start: Start, options_file: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace.pcapng"
    proxy = start("openser", options_file, "--listen", ":0", "--json", "--write", trace)
    server_for(start, proxy)
    assert proxy.end() == 0
    told = [json.loads(line) for line in proxy.out.splitlines()]
    decoded = subprocess.run(
        [sys.executable, "-m", "seastool", "decode", "--json", trace],
        capture_output=True,
        text=True,
        check=True,
    )
    types = [record["type"] for record in told if record["record"] == "frame"]
    assert types[-2:] == ["T_REQ_IN", "REPLY_FIN"]
    read = [json.loads(line) for line in decoded.stdout.splitlines()]
    assert [r.get("type") for r in read] == [r.get("type") for r in told]


def test_an_old_openser_is_found_out(start: Start, options_file: Path) -> None:
    text = options_file.read_text(encoding="utf-8").replace("\n\n", "\nContent-Length: 0\n\n")
    options_file.write_text(text, encoding="utf-8")
    proxy = start("openser", options_file, "--listen", ":0", "--like", "openser-1.2.0")
    server = server_for(start, proxy)
    assert proxy.end() == 0, proxy.err
    server.end(signal.SIGTERM)
    assert "the proxy reads layout A" in server.err


def test_an_application_of_ones_own(start: Start, options_file: Path, tmp_path: Path) -> None:
    module = tmp_path / "mine.py"
    module.write_text(
        "from seastool.app import Application\n\n"
        "class Mine(Application):\n"
        "    def do_options(self, request):\n"
        "        request.create_response(299, 'Mine').send()\n",
        encoding="utf-8",
    )
    proxy = start("openser", options_file, "--listen", ":0")
    server_for(start, proxy, "--app", f"{module}:Mine")
    assert proxy.end() == 0, proxy.err
    assert "299 Mine" in proxy.out


def test_a_fault_in_an_application_is_a_500_and_a_traceback(
    start: Start, options_file: Path, tmp_path: Path
) -> None:
    module = tmp_path / "broken.py"
    module.write_text(
        "from seastool.app import Application\n\n"
        "class Broken(Application):\n"
        "    def do_options(self, request):\n"
        "        raise ValueError('\\x1b[31mhere')\n",
        encoding="utf-8",
    )
    proxy = start("openser", options_file, "--listen", ":0", "--calls", 2)
    server = server_for(start, proxy, "--app", f"{module}:Broken")
    assert proxy.end() == 0, proxy.err
    assert "2 answered (500: 2)" in proxy.err
    server.process.send_signal(signal.SIGTERM)
    err = server.process.communicate(timeout=30)[1]
    assert err.count("Traceback") == 1  # told once, then counted
    assert "handler errors 2" in err
    assert "ValueError" in err
    assert "\x1b" not in err


def test_a_fault_in_init_is_one_line_and_where_it_is(start: Start, tmp_path: Path) -> None:
    module = tmp_path / "beginning.py"
    module.write_text(
        "from seastool.app import Application\n\n"
        "class Beginning(Application):\n"
        "    def init(self, context):\n"
        "        raise KeyError('\\x1b[31mhere')\n",
        encoding="utf-8",
    )
    server = start("appserver", "--app", f"{module}:Beginning")
    assert server.end() == 2
    told, *trace = server.err.splitlines()
    assert "Beginning: init() raised KeyError: " in told
    assert ['beginning.py", line 5, in init' in line for line in trace] == [True, False]
    assert "Traceback" not in server.err
    assert "\x1b" not in server.err


def test_an_exit_in_a_handler_does_not_end_the_server(
    start: Start, options_file: Path, tmp_path: Path
) -> None:
    module = tmp_path / "leaving.py"
    module.write_text(
        "import sys\n"
        "from seastool.app import Application\n\n"
        "class Leaving(Application):\n"
        "    async def do_options(self, request):\n"
        "        sys.exit(3)\n",
        encoding="utf-8",
    )
    proxy = start("openser", options_file, "--listen", ":0", "--calls", 2)
    server = server_for(start, proxy, "--app", f"{module}:Leaving")
    assert proxy.end() == 0, proxy.err
    assert "2 answered (500: 2)" in proxy.err
    server.process.send_signal(signal.SIGTERM)
    err = server.process.communicate(timeout=30)[1]
    assert server.process.returncode == 0
    assert "handler errors 2" in err
    assert "SystemExit: 3" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("appserver", "--connect", "nowhere"), "--connect nowhere: it is HOST:PORT"),
        (("appserver", "--connect", ":65535"), "event port"),
        (("appserver", "--behave", "anser"), "answer"),
        (("appserver", "--behave", "answer", "--app", "x:Y"), "only one of"),
        (("appserver", "--app", "nothing_there:Y"), "nothing_there cannot be imported"),
        (("appserver", "--app", "seastool.app:Nothing"), "has no Nothing"),
        (("appserver", "--app", "seastool.app:Settings"), "not a seastool.app.Application"),
        (("appserver", "--app", "x"), "MODULE:CLASS"),
        (("appserver", "--delay", "soon"), "--delay"),
        (("appserver", "--bind", "udp:nowhere"), "--bind udp:nowhere"),
        (("appserver", "--dialect", "asterisk"), "asterisk"),
        (("appserver", "--fault", "slise=1"), "slice"),
        (("appserver", "--set", "a=1"), "--scenario"),
        (("appserver", "--calls", "5"), "want a --scenario"),
        (("appserver", "--scenario", "answer", "--rate", "5/s"), "first step of answer"),
        (("appserver", "--connect", "a..b:5080"), "--connect a..b:5080: it is HOST:PORT"),
        (("openser", "--scenario", "uac", "--rate", "often"), "--rate: 'often' is no rate"),
        (("appserver", "--name", ""), "--name is empty"),
        (("openser", "--listen", "x"), "--listen x"),
        (("openser", "--like", "asterisk"), "asterisk"),
        (("openser", "--quirk", "nothing"), "content-length-zero"),
        (("openser", "--quirk", "no-half-open-slots"), "--like"),
        (("openser", "--ping", "often"), "--ping"),
        (("openser", "--far-end", "busy"), "--far-end busy"),
        (("openser", "--sip", "udp:here:5060"), "--sip"),
        (("openser", "--rate", "5/s"), "want a FILE or a --scenario"),
        (("openser", "--scenario", "answer"), "it is for seastool appserver"),
    ],
)
def test_what_is_asked_for_wrongly(seastool, arguments, told) -> None:
    ran = seastool(*arguments)
    assert ran.code == 2, ran.err
    assert told in ran.err
    assert ran.err.startswith("seastool: ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("openser", "no-such-file.sip"), "no-such-file.sip: cannot be read"),
        (("openser", "README.md"), "not a SIP message"),
        (("openser", "--scenario", "no-such-scenario"), "built in are"),
    ],
)
def test_what_cannot_be_read(seastool, arguments, told) -> None:
    ran = seastool(*arguments)
    assert ran.code == 3, ran.err
    assert told in ran.err
    assert ran.err.count("\n") == 1


def test_each_mistake_of_a_scenario_is_a_line(seastool, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("scenario: x\nsteps:\n  - dellay: 1s\n")
    ran = seastool("openser", "--scenario", file)
    assert ran.code == 3
    first, second = ran.err.splitlines()
    assert first.startswith(f"seastool: {file}:1:1: the key role is missing")
    assert second.startswith(f"seastool: {file}:3:5: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("appserver", "--once", "--connect"),
        ("send", "uac", "OPTIONS", "sip:b@example.com", "--connect"),
        ("check", "openser"),
        ("doctor",),
    ],
    ids=str,
)
def test_a_host_that_there_is_not(seastool, arguments) -> None:
    ran = seastool(*arguments, "no.such.host.invalid:5080")
    assert ran.code == 4, ran.err
    told = ran.out + ran.err
    assert "no.such.host.invalid:5080: no such host name" in told
    assert ("no-such-host" in ran.out) is ("doctor" in arguments)


def test_a_port_that_is_taken(start: Start, seastool) -> None:
    proxy = start("openser", "--listen", ":0")
    ran = seastool("openser", "--listen", proxy.ready())
    assert ran.code == 4
    assert "in use" in ran.err


def test_the_list_of_quirks(seastool) -> None:
    ran = seastool("openser", "--quirk", "list")
    assert ran.code == 0
    assert ran.out.startswith("content-length-zero")


def test_a_failed_scenario_says_what_was_expected(start: Start) -> None:
    proxy = start("openser", "--scenario", "uac", "--listen", ":0", "--calls", 5, "--json")
    server_for(start, proxy, "--behave", "INVITE=reject 486")
    assert proxy.end() == 1
    assert "expected 200, got 486" in proxy.err
    assert "failed: 0 of 5 calls passed, 5 failed" in proxy.err
    result = json.loads(proxy.out.splitlines()[-1])
    assert (result["record"], result["ok"], result["failed"]) == ("result", False, 5)
    told = {one["field"]: one["got"] for one in result["failures"][0]["comparisons"]}
    assert told["sip.status"] == "486"
    schema = json.loads((ROOT / "docs/schema/record.json").read_text(encoding="utf-8"))
    for line in proxy.out.splitlines():
        jsonschema.validate(json.loads(line), schema)


def test_mistakes_are_records_too(start: Start, options_file: Path) -> None:
    proxy = start("openser", options_file, "--listen", ":0", "--json")
    server_for(start, proxy, "--fault", "duplicate=1@REPLY_FIN")
    assert proxy.end() == 0
    mistakes = [json.loads(line) for line in proxy.out.splitlines() if '"mistake"' in line]
    assert [one["rule"] for one in mistakes] == ["reply-second-final"]


def test_a_scenario_as_application_server(start: Start, options_file: Path) -> None:
    proxy = start("openser", "--scenario", "uac", "--listen", ":0", "--calls", 3, "-q")
    server = server_for(start, proxy, "--scenario", "answer")
    assert proxy.end() == 0, proxy.err
    server.end(signal.SIGTERM)
    assert "3 calls passed" in server.err, server.err


def test_an_application_server_of_so_many_calls(start: Start, options_file: Path) -> None:
    proxy = start("openser", "--scenario", "uac", "--listen", ":0", "--calls", 3, "-q")
    server = server_for(start, proxy, "--scenario", "answer", "--calls", 3)
    assert server.end() == 0, server.err
    assert "3 of 3 calls passed" in server.err
    proxy.end()


CALLS_OUT = """\
scenario: asks the phones
role: appserver
steps:
  - send:
      as: options
      sip: |
        OPTIONS sip:bob@127.0.0.1 SIP/2.0
        Via: SIP/2.0/UDP 127.0.0.1:5060;branch={{ branch }}
        From: <sip:app@example.com>;tag={{ tag }}
        To: <sip:bob@example.com>
        Call-ID: {{ call_id }}
        CSeq: {{ cseq }} OPTIONS
        Max-Forwards: 70
        Content-Length: auto
  - expect: {type: RES_IN, of: options, where: {sip.status: 200}}
"""


def test_the_load_of_an_application_server_that_calls(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "out.yaml"
    file.write_text(CALLS_OUT)
    load = ("--calls", 20, "--rate", "100/s", "--concurrency", 5)
    proxy = start("openser", "--listen", ":0", "--far-end", "200", "-q")
    server = server_for(start, proxy, "--scenario", file, *load)
    assert server.end() == 0, server.err
    assert "20 of 20 calls passed" in server.err
    proxy.end(signal.SIGTERM)
    assert "requests of the application server 20" in proxy.err


def test_a_first_step_that_takes_nothing_is_explained(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "wants.yaml"
    file.write_text(
        "scenario: x\nrole: appserver\nsteps:\n"
        "  - expect: {type: T_REQ_IN, where: {sip.method: INVITE, 'VIA.vias[0].transport': udp}}\n"
    )
    proxy = start("openser", "--scenario", "uac", "--listen", ":0", "--calls", 2, "-q")
    server = server_for(start, proxy, "--scenario", file, "--json", "--filter", "type == PING")
    server.ready()
    assert server.process.stdout is not None
    proxy.end()
    assert server.end(signal.SIGTERM) == 1
    assert server.err.count("x VIA.vias[0].transport  expected udp, got UDP") == 1
    assert "frames of no call: T_REQ_IN 2" in server.err
    (result,) = map(json.loads, server.out.splitlines())
    assert result["refused"]["frame"]["type"] == "T_REQ_IN"
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "docs/schema/record.json").read_text(encoding="utf-8"))
    jsonschema.validate(result, schema)


def test_a_reply_to_a_transaction_of_another(start: Start, seastool, options_file: Path) -> None:
    proxy = start("openser", options_file, "--listen", ":0")
    server = server_for(
        start, proxy, "--behave", "silent", "--json", "--filter", "type == T_REQ_IN"
    )
    assert server.process.stdout is not None
    fields = json.loads(server.process.stdout.readline())["fields"]
    name = f"{fields['hash_index']}:{fields['label']}"
    other = ("--name", "another", "--connect", proxy.ready(), "--wait", "100ms")
    assert seastool("send", "reply", name, "486", *other).code == 0
    assert proxy.end() == 0
    assert "1 answered (486: 1)" in proxy.err


def test_the_benchmark_reads_what_is_left_unanswered(start: Start, options_file: Path) -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    from benchmarks.load import unanswered_in

    proxy = start("openser", options_file, "--listen", ":0")
    server = server_for(start, proxy, "--behave", "silent")
    server.ready()
    time.sleep(1)  # for the request: the proxy sends it a moment after the BIND
    server.end(signal.SIGTERM)
    proxy.end(signal.SIGTERM)
    assert unanswered_in(proxy.err) == 1, proxy.err
    assert unanswered_in(server.err) == 1, server.err
    assert unanswered_in("requests left unanswered: 1,234\n") == 1234
