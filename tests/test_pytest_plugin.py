"""The pytest plugin, in runs of pytest of its own: what passes, what fails, what is told then."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from seastool import read_capture, testing
from seastool.testing import kamailio

pytest_plugins = "pytester"

ROOT = Path(__file__).resolve().parent.parent
PLUGIN = ("-p", "seastool.pytest_plugin", "--strict-markers", "-W", "error")
PLUGIN += ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # it is imported already, here

APPLICATION = """
from seastool import Application

class Busy(Application):
    def do_invite(self, request):
        request.create_response(486).send()
"""


@pytest.fixture(autouse=True)
def _only_our_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not the entry point of seastool is installed."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def run(pytester: pytest.Pytester, source: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(source)
    return pytester.runpytest_inprocess(*PLUGIN, *options)


def text_of(result: pytest.RunResult) -> str:
    return "\n".join(result.outlines)


def kept(pytester: pytest.Pytester) -> list[str]:
    return sorted(path.name for path in pytester.path.glob("seas-captures/*"))


def test_the_entry_point_is_the_plugin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    points = project["project"]["entry-points"]["pytest11"]
    assert points == {"seastool": "seastool.pytest_plugin"}


def test_the_plugin_imports_nothing_until_a_fixture_is_used() -> None:
    program = (
        "import sys, pytest; before = set(sys.modules); import seastool.pytest_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    found = set(out.split())
    assert {name for name in found if name.startswith("seastool")} == {
        "seastool",
        "seastool.pytest_plugin",
    }
    assert not found & {"asyncio", "socket", "yaml", "pydantic", "typer", "rich", "dns"}
    assert len(found) < 10, found


def test_every_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(my_app=APPLICATION)
    pytester.mkpydir("deep").joinpath("other.py").write_text(APPLICATION)
    pytester.syspathinsert()
    result = run(
        pytester,
        """
        import pytest
        from seastool import Application
        from seastool.seas.types import Direction

        class Mine(Application):
            def __init__(self):
                self.methods = []

            def do_request(self, request):
                self.methods.append(request.method)
                request.create_response(403).send()

        @pytest.mark.seas_app(app=Mine)
        def test_class(seas_openser, seas_appserver, seas_capture):
            assert seas_openser.request("MESSAGE", body="hello").final().status == 403
            assert seas_appserver.application.methods == ["MESSAGE"]
            types = [one.type_name for one in seas_capture.records()]
            assert types.count("T_REQ_IN") == types.count("REPLY_FIN") == 1

        @pytest.mark.seas_app("my_app:Busy")
        def test_module(seas_openser, seas_appserver):
            assert seas_openser.request("INVITE").final().status == 486

        @pytest.mark.seas_app("deep/other.py:Busy")
        def test_file_behind_a_proxy_of_its_own(request, seas_appserver):
            proxy = request.getfixturevalue("seas_openser")
            assert proxy.request("INVITE").final().status == 486

        @pytest.mark.seas_proxy(like="openser-1.3.0", far_end=())
        @pytest.mark.seas_app("MESSAGE=echo", "reject 600 No", delay=0.001)
        def test_behaviours(seas_openser, seas_appserver):
            assert seas_openser.request("INVITE").final().reason == "No"
            assert seas_openser.request("MESSAGE", body="hello").final().status == 200
            assert seas_openser.wait_for_request("MESSAGE").body == b"hello"

        @pytest.mark.seas_app("answer")
        def test_gateway(seas_appserver, seas_gateway):
            call = seas_gateway.phone().request("INVITE")
            assert call.final().status == 200
            call.ack()
            assert call.bye().final().status == 200

        @pytest.mark.seas_app("reject 486", behind="seas_gateway")
        def test_two_proxies(seas_openser, seas_gateway, seas_appserver):
            assert seas_gateway.phone().request("OPTIONS").final().status == 486
        """,
    )
    result.assert_outcomes(passed=6)
    assert kept(pytester) == []


def test_the_real_proxy(pytester: pytest.Pytester) -> None:
    try:
        kamailio.kamailio_program()
    except kamailio.NotInstalled as error:
        pytest.skip(str(error))
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.seas_app("answer")
        def test_call(kamailio_seas, seas_appserver, seas_capture):
            call = kamailio_seas.phone().request("INVITE")
            assert call.final().status == 200
            call.ack()
            assert call.bye().final().status == 200
            types = [one.type_name for one in seas_capture.records()]
            assert types.count("T_REQ_IN") == 3
            assert types.count("SIP") == 7, types
        """,
    )
    result.assert_outcomes(passed=1)


NEEDS_KAMAILIO = """
def test_it(kamailio_seas):
    pass
"""


def test_without_the_real_proxy_a_test_is_skipped(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kamailio.shutil, "which", lambda *_, **__: None)
    monkeypatch.delenv("CI", raising=False)
    result = run(pytester, NEEDS_KAMAILIO, "-rs")
    result.assert_outcomes(skipped=1)
    assert "kamailio is not installed: apt-get install kamailio" in text_of(result)
    monkeypatch.setenv("CI", "true")
    result = run(pytester, NEEDS_KAMAILIO)
    result.assert_outcomes(errors=1)
    assert "(CI is true: not skipped)" in text_of(result)


FAILING = """
import pytest

@pytest.mark.seas_app("reject 486")
@pytest.mark.parametrize("name", ["udp", "a/b c"])
def test_call(seas_openser, seas_appserver, name):
    assert seas_openser.request("INVITE", call_id="the-call\\x1b[31m").final().status == 200
"""


def test_of_a_failed_test_the_traffic_is_kept_and_told(pytester: pytest.Pytester) -> None:
    result = run(pytester, FAILING, "-k", "udp")
    result.assert_outcomes(failed=1, deselected=1)
    (name,) = kept(pytester)
    stem = "test_of_a_failed_test_the_traffic_is_kept_and_told"
    assert name == f"{stem}-test_call-udp.pcapng"
    path = pytester.path / "seas-captures" / name
    records = list(read_capture(path))
    last = [one for one in records if one.type_name == "REPLY_FIN"][-1].captured.packet
    text = text_of(result)
    for part in (
        "SEAS capture",
        f"seastool decode seas-captures/{name} --frame {last} --hexdump",
        f"seastool decode seas-captures/{name} -v",
        f"seastool ladder seas-captures/{name}",
        "INVITE sip:bob@example.com",
        f"last frame: packet {last}, REPLY_FIN",
        "REPLY_FIN 486 Busy Here",
        "seas_appserver",
        "connected to 127.0.0.1:",
    ):
        assert part in text, part
    assert re.search(r"^0004 .* type +\S+ REPLY_FIN$", text, re.M), text
    assert "═" in text
    assert "\x1b" not in text


def test_the_commands_that_are_told_work(pytester: pytest.Pytester) -> None:
    result = run(pytester, FAILING, "--seas-captures", "odd place", "-k", "a/b")
    commands = re.findall(r"^ +seastool (.*'odd place/.*)$", text_of(result), re.M)
    assert len(commands) == 3
    for command in commands:
        done = subprocess.run(
            ["bash", "-c", f'"{sys.executable}" -m seastool {command}'],
            capture_output=True,
            text=True,
            check=False,
            cwd=pytester.path,
        )
        assert done.returncode == 0, done.stderr
        assert "486" in done.stdout


def test_what_is_kept(pytester: pytest.Pytester) -> None:
    source = """
        import pytest

        @pytest.fixture
        def late(seas_capture):
            yield
            raise ValueError("late")

        def test_passes(seas_openser): pass
        def test_late(seas_openser, late): pass

        @pytest.mark.xfail
        def test_expected(seas_openser): assert 0

        def test_without_traffic(): assert 0
        """
    result = run(pytester, source)
    result.assert_outcomes(passed=2, failed=1, errors=1, xfailed=1)
    assert [name.partition("-")[2] for name in kept(pytester)] == ["test_late.pcapng"]
    assert "nothing has passed" in text_of(result)
    run(pytester, source, "--seas-keep", "all")
    assert len(kept(pytester)) == 3


def test_names_of_captures_differ() -> None:
    from seastool.pytest_plugin import _file_name

    nodes = ["t/a.py::test_x", "t/a.py::test_x[1]", "t/a.py::test_x[a:b]", "t/a.py::test_x[a|b]"]
    nodes += [f"t/a.py::test_x[{'y' * 300}{i}]" for i in range(2)]
    names = [_file_name(node) for node in nodes]
    assert names[:2] == ["t-a-test_x", "t-a-test_x-1"]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[\w.-]{1,170}", name) for name in names)


@pytest.mark.parametrize(
    ("marks", "arguments", "told"),
    [
        ("", "seas_appserver", "seas_appserver runs what @pytest.mark.seas_app(...) says"),
        ("seas_app('rejct 486')", "seas_appserver", "did you mean reject?"),
        ("seas_app('no.such:App')", "seas_appserver", "no.such cannot be imported"),
        ("seas_app(app=int)", "seas_appserver", "int gives int, not a seastool.app.Application"),
        ("seas_app()", "seas_appserver", "no application is given"),
        ("seas_app('echo', behind='x')", "seas_appserver", "behind='x' must be one of"),
        (
            "seas_app('echo')",
            "seas_appserver, seas_openser, seas_gateway",
            "behind='' must be one of seas_openser, seas_gateway, kamailio_seas",
        ),
        ("seas_proxy(like='ser-0')", "seas_openser", "UnknownDialect: "),
        ("seas_proxy(lik='x')", "seas_openser", "unexpected keyword argument 'lik'"),
    ],
)
def test_mistakes_are_told_in_a_line(
    pytester: pytest.Pytester, marks: str, arguments: str, told: str
) -> None:
    mark = f"@pytest.mark.{marks}" if marks else ""
    result = run(pytester, f"import pytest\n{mark}\ndef test_it({arguments}): pass")
    result.assert_outcomes(errors=1)
    text = text_of(result)
    assert told in text
    assert "Traceback" not in text
    assert "seastool/testing" not in text


def test_an_exception_in_the_application_is_told(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest
        from seastool import Application

        class Broken(Application):
            def do_invite(self, request):
                raise RuntimeError("out of cheese")

        @pytest.mark.seas_app(app=Broken)
        def test_call(seas_openser, seas_appserver):
            assert seas_openser.request("INVITE").final().status == 200
        """,
    )
    result.assert_outcomes(failed=1)
    assert "RuntimeError: out of cheese" in text_of(result)


def test_who_waits_in_vain_is_told(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        def test_nobody(seas_openser):
            seas_openser.wait_for_app_server(0.05)

        @pytest.mark.seas_app("silent")
        def test_silence(seas_openser, seas_appserver):
            seas_openser.request("INVITE").final(0.1)
        """,
    )
    result.assert_outcomes(failed=2)
    text = text_of(result)
    assert re.search(r"no application server has connected to 127.0.0.1:\d+: not within", text)
    assert "no final reply to INVITE sip:bob@example.com within 0.1 s: 100 Your call is" in text


def test_the_example_project(pytester: pytest.Pytester) -> None:
    shutil.copytree(ROOT / "examples/pytest_project", pytester.path, dirs_exist_ok=True)
    result = pytester.runpytest_subprocess("-p", "seastool.pytest_plugin", "-W", "error", "-rs")
    outcomes = result.parseoutcomes()
    assert not outcomes.keys() - {"passed", "skipped"}, text_of(result)
    assert outcomes["passed"] + outcomes.get("skipped", 0) == 6
    assert outcomes["passed"] >= 5
    assert kept(pytester) == []
    workflow = yaml.safe_load((pytester.path / ".github/workflows/test.yml").read_text())
    steps = workflow["jobs"]["test"]["steps"]
    assert any("apt-get install -y -qq kamailio" in step.get("run", "") for step in steps)
    assert any("seas-captures/" in step.get("with", {}).get("path", "") for step in steps)


DOCUMENT = (ROOT / "docs/pytest.md").read_text(encoding="utf-8")


def test_the_tests_of_the_document_pass(pytester: pytest.Pytester) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", DOCUMENT, re.M | re.S)
    assert len(blocks) >= 3
    for number, block in enumerate(blocks):
        pytester.makepyfile(**{f"test_block{number}": block})
    pytester.makepyfile(my_app=APPLICATION)
    result = pytester.runpytest_inprocess(*PLUGIN)
    outcomes = result.parseoutcomes()
    assert not outcomes.keys() - {"passed", "skipped"}, text_of(result)
    assert outcomes["passed"] >= len(blocks)


def test_the_document_names_everything() -> None:
    plugin = (ROOT / "seastool/pytest_plugin.py").read_text(encoding="utf-8")
    fixtures = re.findall(r"^@pytest.fixture\ndef (\w+)", plugin, re.M)
    assert len(fixtures) == 5
    names = [*fixtures, "--seas-captures", "--seas-keep"]
    for kind in (testing.RunningOpenser, testing.RunningGateway, testing.RunningKamailio):
        names += [name for name in vars(kind) if not name.startswith("_")]
    for kind in (testing.RunningAppServer, testing.Exchange, testing.SipMessage):
        names += [name for name in vars(kind) if not name.startswith("_")]
    internal = {"close", "start", "wait_until_ready"}
    missing = [name for name in names if f"`{name}" not in DOCUMENT and name not in internal]
    assert not missing


def test_the_example_files_of_the_document_are_those_of_the_project() -> None:
    workflow = (ROOT / "examples/pytest_project/.github/workflows/test.yml").read_text()
    assert f"```yaml\n{workflow}```" in DOCUMENT
