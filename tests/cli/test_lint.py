"""``seastool lint``: what it prints, and how it ends."""

import io
import json
import struct
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from seastool.cli.exits import NotSeas, UsageFault
from seastool.cli.lint import FailOn, lint_command
from seastool.errors import CaptureError
from seastool.interop.rules import RULES

CAPTURES = Path(__file__).parents[2] / "captures"
CLEAN = str(CAPTURES / "kamailio-5.6.3-sipp-uac.pcap")
SESSION = str(CAPTURES / "kamailio-5.6.3-session.pcap")


def with_subject(name: bytes, value: bytes) -> bytes:
    """The clean capture with a header's name in its SIP texts replaced by another as long."""
    data = Path(CLEAN).read_bytes()
    assert len(name) == len(value)
    assert name in data
    return data.replace(name, value)


@pytest.fixture
def damaged(tmp_path: Path) -> str:
    """Every Subject is now another header, which the index still says is a Subject."""
    path = tmp_path / "damaged.pcap"
    path.write_bytes(with_subject(b"Subject: ", b"Xubject: "))
    return str(path)


def lint(capture: str, **options: object) -> int:
    """Run the command; returns its exit code."""
    try:
        lint_command(capture, **options)  # type: ignore[arg-type]
    except typer.Exit as end:
        return end.exit_code
    return 0


def test_a_clean_capture(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(CLEAN) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "127.0.0.1:5080 speaks kamailio-" in err
    assert "130 frames looked at: 0 errors, 0 warnings, 0 infos" in err


def test_a_finding_is_one_line(damaged: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(damaged) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 20
    assert lines[0].split()[2:4] == ["error", "header-type"]
    assert '"Xubject"' in lines[0]
    assert "27 is SUBJECT" in lines[0]


def test_wire_text_is_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "escape.pcap"
    path.write_bytes(with_subject(b"Subject: ", b"\x1b[31mct: "))
    lint(str(path))
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\\x1b[31mct" in out


def test_json(damaged: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(damaged, as_json=True) == 1
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    first = next(record for record in records if record["rule"] == "header-type")
    assert first["schema_version"] == 1
    assert first["severity"] == "error"
    assert first["bytes"] == "1b"
    assert first["length"] == 1
    assert first["path"].startswith("headers[")
    assert first["type"] == "T_REQ_IN"
    assert isinstance(first["packet"], int)
    assert first["record"] == "finding"
    assert first["time"].endswith("Z")
    assert first["time_ns"] % 10**9 == int(first["time"][20:29])


def test_what_is_lost_is_told_as_decode_tells_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cut.pcap"
    path.write_bytes(Path(CLEAN).read_bytes()[:5000])
    lint(str(path))
    error = capsys.readouterr().err
    assert "at packet" in error
    assert "Loss(" not in error


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, 0),
        ({"fail_on": FailOn.ERROR}, 0),
        ({"fail_on": FailOn.INFO}, 1),
        ({"fail_on": FailOn.INFO, "ignore": ["uac-headers", "uac-cseq-one"]}, 0),
        ({"fail_on": FailOn.INFO, "rule": ["header-type"]}, 0),
    ],
)
def test_fail_on(options: dict[str, object], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(SESSION, **options) == code
    assert "frames looked at" in capsys.readouterr().err


def test_the_wrong_dialect_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(CLEAN, dialect="openser-1.3.0") == 1
    assert "header-type" in capsys.readouterr().out


def test_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint("", list_rules=True) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(RULES)
    assert lint("", list_rules=True, as_json=True) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["id"] for record in records] == list(RULES)


@pytest.mark.parametrize(
    "options",
    [{"rule": ["no-such"]}, {"ignore": ["no-such"]}, {"dialect": "asterisk-1.0"}],
)
def test_what_is_not_known_is_a_usage_fault(options: dict[str, object]) -> None:
    with pytest.raises(UsageFault):
        lint(CLEAN, **options)


def test_no_file_is_a_usage_fault() -> None:
    with pytest.raises(UsageFault):
        lint("")


def test_what_is_no_capture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(b"not a capture")
    with pytest.raises(CaptureError):
        lint(str(path))
    path.write_bytes(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    with pytest.raises(NotSeas):
        lint(str(path))


def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = io.BytesIO(Path(CLEAN).read_bytes())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(data))
    assert lint("-") == 0
    assert "130 frames looked at" in capsys.readouterr().err


def test_the_options_are_taken_from_a_command_line() -> None:
    app = typer.Typer()
    app.command()(lint_command)
    result = CliRunner().invoke(app, [SESSION, "--fail-on", "info", "--rule", "uac-cseq-one"])
    assert result.exit_code == 1
    assert result.stdout.count("uac-cseq-one") == 3
