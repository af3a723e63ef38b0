"""docs/tutorial.md, as a stranger follows it: in a fresh directory, with a virtual environment of
its own, word by word.

Each block fenced as ``console`` is typed into a terminal, the first one or that which the fence
names. What follows a command is what it prints, ``...`` stands for any lines or none. A block that
does not begin with a command goes on with what the last one in that terminal prints; there ``^C``
is Ctrl-C. Whatever is made of `captures/` alone is compared exactly, what a live call has left by
`SHAPES`.
"""

import fcntl
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = ROOT / "docs" / "tutorial.md"
CLONED = ("seastool", "captures", "docs", "pyproject.toml", "README.md", "LICENSE")
PORTS = ((socket.SOCK_DGRAM, 5074), *((socket.SOCK_STREAM, p) for p in (5074, 5092, 5093)))
PATIENCE = 60.0  # seconds
PATIENCE_FOR_PIP = 600.0
LIVE = re.compile(r"call\.pcapng|seastool (gateway|appserver|replay)")

# What is other in every run of a live call, and what stands for it in the comparison.
SHAPES = (
    (re.compile(r"(?<![\d.])\d+\.\d+ m?s\b"), "<duration>"),
    (re.compile(r"(?<![\d.])\d+\.\d{9}\b"), "<time>"),
    (re.compile(r"^ *\d+ +(?=<time>)", re.MULTILINE), "<packet> "),
    (re.compile(r"(SIP udp|(?:->|<-) as +[A-Z_]+) +\d+ "), r"\1 <size> "),
    (re.compile(r"[0-9a-f]{16}@127\.0\.0\.1"), "<call-id>"),
    (re.compile(r"(?<![\d.])\d{1,5}:\d{1,10}\b"), "<transaction>"),
    (re.compile(r"(127\.0\.0\.1:|(?<=-> )|\b)(?:3[2-9]|[4-6]\d)\d{3}\b"), r"\1<port>"),
    (re.compile(r" +|(?<=─)─+|(?<=═)═+"), " "),
    (re.compile(r"[─═] (?=[►┤╡])"), ""),
    (re.compile(r" +$", re.MULTILINE), ""),
)


@dataclass
class Typed:
    """Lines of a block: a command, or what is seen later of the one before."""

    line: int
    command: str
    output: list[str] = field(default_factory=list)
    is_left_running: bool = False


def typed(text: str) -> Iterator[tuple[str, Typed]]:
    """All that is typed or seen, in order, with the name of the terminal."""
    for block in re.finditer(r"^```console *(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, block.start(2)) + 1
        current: Typed | None = None
        for offset, shown in enumerate(block[2].splitlines()):
            if shown.startswith("$ ") or current is None:
                if current is not None:
                    yield block[1], current
                command = shown[2:] if shown.startswith("$ ") else ""
                current = Typed(line + offset, command, [] if command else [shown])
            else:
                current.output.append(shown)
        if current is not None:
            yield block[1], current


def steps(text: str) -> list[tuple[str, Typed]]:
    """The same; of each command it is known whether a later block goes on with it."""
    found = list(typed(text))
    for i, (terminal, one) in enumerate(found):
        later = next((t for name, t in found[i + 1 :] if name == terminal), None)
        one.is_left_running = later is not None and not later.command and "^C" not in one.output
    return found


def shaped(text: str) -> str:
    """Text of a live call without what is other in every run."""
    for pattern, stands in SHAPES:
        text = pattern.sub(stands, text)
    return text


def matches(expected: list[str], printed: str, *, exactly: bool, so_far: bool = False) -> bool:
    """Whether that was printed; `so_far`: more may follow."""
    wanted = "\n".join(line.rstrip() for line in expected)
    told = "\n".join(line.rstrip() for line in printed.splitlines())
    if not exactly:
        wanted, told = shaped(wanted), shaped(told)
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in wanted.split("\n")
    )
    pattern = pattern if wanted else ""
    told = told + "\n" if told else ""
    return (re.match if so_far else re.fullmatch)(pattern, told) is not None


class Terminal:
    """A shell that is typed into, and what is seen there since the last command."""

    END = "-- the command has ended --"

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.shell = subprocess.Popen(
            ["bash", "--norc"],
            cwd=directory,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.seen = ""
        self.is_live = False

    def type(self, command: str) -> None:
        """A command and Enter; its end is marked, and `$?` is left to the next one."""
        assert self.shell.stdin is not None
        self.seen = ""
        self.is_live = LIVE.search(command) is not None
        typed = f"(exit ${{last:-0}})\n{{ {command}\n}} </dev/null; last=$?; echo '{self.END}'\n"
        self.shell.stdin.write(typed.encode())
        self.shell.stdin.flush()

    def interrupt(self) -> None:
        """Ctrl-C: for what runs in the shell, which is not in the foreground of a real terminal."""
        own = Path(f"/proc/{self.shell.pid}/task/{self.shell.pid}/children")
        for child in own.read_text().split():
            os.kill(int(child), signal.SIGINT)

    def see(self, expected: list[str], *, until_end: bool, patience: float = PATIENCE) -> bool:
        """Wait until the command has ended, or until what is expected is there."""
        assert self.shell.stdout is not None
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            has_ended = self.END in self.seen
            printed = self.seen.partition(self.END)[0]
            if until_end and has_ended:
                return matches(expected, printed, exactly=not self.is_live)
            if not until_end and matches(expected, printed, exactly=not self.is_live, so_far=True):
                return True
            if has_ended:
                return False
            if select.select([self.shell.stdout], [], [], 0.1)[0]:
                self.seen += os.read(self.shell.stdout.fileno(), 1 << 16).decode()
        return False

    def close(self) -> None:
        for stop in (signal.SIGTERM, signal.SIGKILL):
            if self.shell.poll() is None:
                os.killpg(self.shell.pid, stop)
                try:
                    self.shell.wait(5)
                except subprocess.TimeoutExpired:
                    continue
        for pipe in (self.shell.stdin, self.shell.stdout):
            assert pipe is not None
            pipe.close()


@contextmanager
def ports_of_the_tutorial() -> Iterator[None]:
    """Have its ports for oneself; whoever runs the same test meanwhile waits."""
    with open(Path(tempfile.gettempdir()) / f"seastool-tutorial-{os.getuid()}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        deadline = time.monotonic() + PATIENCE
        while not all(_is_free(*port) for port in PORTS):
            if time.monotonic() > deadline:
                pytest.fail("the ports of the tutorial, 5074, 5092 and 5093, are taken")
            time.sleep(0.2)
        yield


def _is_free(kind: int, port: int) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.fixture
def stranger(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A directory with a clone in it, and an environment that knows nothing of this one."""
    clone = tmp_path / "seastool"
    clone.mkdir()
    for name in CLONED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, clone)
    programs = tmp_path / "bin"
    programs.mkdir()
    python = programs / "python3"  # a stranger's is recent enough
    python.write_text(f'#!/bin/sh\nexec "{sys._base_executable}" "$@"\n')  # type: ignore[attr-defined]
    python.chmod(0o755)
    path = f"{programs}:/usr/local/bin:/usr/bin:/bin"
    kept = {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "HOME", "SSL", "HTTP"))}
    kept |= {k: v for k, v in os.environ.items() if k.lower().endswith("_proxy")}
    kept |= {"NO_COLOR": "1", "COLUMNS": "80", "TZ": "UTC", "LC_ALL": "C.UTF-8", "PATH": path}
    kept |= {"PYTHONUNBUFFERED": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return tmp_path, kept


@pytest.mark.skipif(sys.platform != "linux", reason="finds what runs in a shell by /proc")
def test_a_stranger_sees_what_the_tutorial_shows(stranger: tuple[Path, dict[str, str]]) -> None:
    terminals: dict[str, Terminal] = {}
    with ports_of_the_tutorial():
        try:
            for name, one in steps(TUTORIAL.read_text(encoding="utf-8")):
                if name not in terminals:
                    terminals[name] = Terminal(*stranger)
                _follow(terminals[name], one)
        finally:
            for terminal in terminals.values():
                terminal.close()


def _follow(terminal: Terminal, one: Typed) -> None:
    output = one.output
    if one.command:
        terminal.type(one.command)
        if one.command.startswith("pip install"):
            _install(terminal)
            return
    elif "^C" in output:
        before = output[: output.index("^C")]
        # What came before this block is seen still: it stands at the beginning.
        _must_see(terminal, one, ["...", *before], until_end=False)
        terminal.interrupt()
        output = ["...", *before, *output[len(before) + 1 :]]
    _must_see(terminal, one, output, until_end=not one.is_left_running)


def _must_see(terminal: Terminal, one: Typed, expected: list[str], *, until_end: bool) -> None:
    assert terminal.see(expected, until_end=until_end), (
        f"docs/tutorial.md:{one.line}: $ {one.command}\n{terminal.seen}\nexpected:\n"
        + "\n".join(expected)
    )
    assert "Traceback (most recent call last)" not in terminal.seen


def _install(terminal: Terminal) -> None:
    """The only step that needs the network."""
    terminal.see(["..."], until_end=True, patience=PATIENCE_FOR_PIP)
    if "Successfully installed" not in terminal.seen:
        offline = re.search(r"NewConnectionError|Temporary failure|No matching dist", terminal.seen)
        if offline and os.environ.get("CI") != "true":
            pytest.skip("no network: pip cannot install what seastool needs")
        pytest.fail(terminal.seen)


def test_what_is_other_in_every_run_is_compared_by_its_shape() -> None:
    line = "    14     0.661253165 -> as   T_REQ_IN      749 56088:3628422030      INVITE sip:a@b"
    other = "   114    10.000000001 -> as   T_REQ_IN      751   588:22030           INVITE sip:a@b"
    assert matches([line], other, exactly=False)
    assert not matches([line], other, exactly=True)
    assert not matches([line], other.replace("INVITE", "BYE"), exactly=False)
    assert not matches([line], other.replace("-> as", "<- as"), exactly=False)
    assert not matches(["a"], "a\nb", exactly=False)
    assert matches(["a"], "a\nb", exactly=False, so_far=True)
    drawn = "│ ◄═ REPLY_PROV 180 Ringing ══════╡", "│ ◄═ REPLY_PROV 183 Ringing ══════╡"
    assert not matches([drawn[0]], drawn[1], exactly=False)
    drawn = "│◄─ 180 Ringing ────┤   │", "│◄─ 180 Ringing ───────┤ │"
    assert matches([drawn[0]], drawn[1], exactly=False)
    assert not matches([drawn[0]], drawn[1].replace("180", "183"), exactly=False)


def test_blocks_are_taken_apart() -> None:
    text = "```console\n$ a\nx\n$ b\n```\n```console second\n$ c\ny\n```\n```console\nz\n^C\n```\n"
    found = [(name, t.line, t.command, t.output, t.is_left_running) for name, t in steps(text)]
    assert found == [
        ("", 2, "a", ["x"], False),
        ("", 4, "b", [], True),
        ("second", 7, "c", ["y"], False),
        ("", 11, "", ["z", "^C"], False),
    ]
