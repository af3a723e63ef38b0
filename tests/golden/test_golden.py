"""Every frame that the real servers made is made again, byte for byte; what they refused is
refused."""

import base64
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent
SCRIPT = HERE.parent.parent / "scripts" / "golden.py"
FILES = sorted(HERE.glob("*/*.jsonl.gz"))


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("golden_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


golden = load_script()


def test_there_are_frames_of_every_server() -> None:
    assert len(FILES) == 9


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name.split('.')[0]}")
def test_all_identical(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same, total = golden.run(path, path.parent.name, True)
    assert same == total, capsys.readouterr().out[:2000]
    assert total > 1000


def test_odd_messages_are_taken_or_refused_as_by_the_real_server(
    capsys: pytest.CaptureFixture[str],
) -> None:
    same, total = golden.run(HERE / "odd-kamailio-5.6.3.jsonl.gz", "kamailio-5.6.3", True)
    assert same == total, capsys.readouterr().out[:2000]
    assert total == 600


def run_script(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False
    )


def test_script_prints_the_count_and_takes_the_dialect_from_the_folder(tmp_path: Path) -> None:
    line = '{"name": "one", "sip": "Z2FyYmFnZQ==", "frame": null}\n'
    folder = tmp_path / "kamailio-5.6.3"
    folder.mkdir()
    (folder / "few.jsonl").write_text(line * 3)
    done = run_script(str(folder / "few.jsonl"))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "identical 3 of 3")


def test_script_says_what_differs(tmp_path: Path) -> None:
    entry = next(g for g in golden.read_golden(FILES[0]) if g.frame)
    frame = bytearray(entry.frame)
    frame[60] ^= 1
    line = {"name": "one"}
    for key, data in (("sip", entry.sip), ("frame", bytes(frame))):
        line[key] = base64.b64encode(data).decode()
    (tmp_path / "a.jsonl").write_text(json.dumps(line))
    done = run_script(str(tmp_path / "a.jsonl"), "--dialect", FILES[0].parent.name, "--verbose")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "identical 0 of 1"
    assert "one" in done.stdout
    assert "byte 60" in done.stdout


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x1f\x8b\x08garbage",
        b"\x00\xff\xfe",
        b"[]\n",
        b"{}\n",
        b'{"name": 1, "sip": "!", "frame": null}\n',
        b'{"name": 1, "sip": null, "frame": null}\n',
        b"[" * 100_000,
        b'{"name": "a", "sip": "YQ==", "frame": "YQ=="}\n',
    ],
)
def test_script_meets_a_hostile_file_with_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.jsonl.gz"
    path.write_bytes(content)
    done = run_script(str(path), "--dialect", "kamailio-5.6.3")
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["missing.gz"], ["."], ["x", "--dialect", "nonsense"]])
def test_script_meets_bad_arguments_with_one_line(arguments: list[str]) -> None:
    done = run_script(*arguments)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
