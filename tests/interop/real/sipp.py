"""Calls by sipp: a scenario of its own or one of ours, run to its end, with what came of it."""

import csv
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from seastool.testing.loopback_ports import LOOPBACK, free_ports

SCENARIOS = Path(__file__).parents[1] / "sipp"
MESSAGE_MILLISECONDS = 8000  # that a message may take
GRACE_SECONDS = 15.0  # past its own time-out, until it is killed
TRANSPORTS = {"udp": "u1", "tcp": "t1", "tcp-each": "tn"}
MAX_SOCKETS = 1000
OWN = ("uac", "uas")  # scenarios of sipp's own
SHOWN = 4000  # characters of each of its logs in a report


@dataclass(slots=True, repr=False)
class SippResult:
    """How a run ended. code: sipp's exit code. response_times: in milliseconds, if asked for."""

    code: int
    calls: int
    successful: int
    failed: int
    retransmissions: int
    seconds: float
    report: str
    response_times: list[float] = field(default_factory=list)

    def __repr__(self) -> str:
        return self.report


@dataclass(slots=True)
class Sipp:
    """A run of sipp against `target`.

    scenario: the name of a file in tests/interop/sipp, or `uac`, sipp's own: INVITE, ACK, BYE; or
    `uas`, its own that takes those. Who takes calls needs no target. transport: udp, tcp, or
    tcp-each for a connection a call. host: ours. port: ours, 0 for a free one. lost: percentage of
    packets that it loses, both ways. absorbs: whether it repeats what is lost and takes no notice
    of what is repeated, or a scenario speaks of it.
    service: the user part of the request URI. replacing: text of the scenario to be replaced.
    at_once: how many calls may be open, 0 for sipp's own limit.
    timeout: seconds for the run as a whole. messages: keep all messages for the report.
    """

    directory: Path
    target: str
    scenario: str = "uac"
    transport: str = "udp"
    calls: int = 1
    rate: int = 50
    service: str = "bob"
    timeout: float = 30.0
    replacing: dict[str, str] = field(default_factory=dict)
    messages: bool = True
    response_times: bool = False
    host: str = LOOPBACK
    port: int = 0
    lost: int = 0
    absorbs: bool = True
    message_milliseconds: int = MESSAGE_MILLISECONDS
    at_once: int = 0
    _process: subprocess.Popen[bytes] | None = None

    def run(self) -> SippResult:
        """From begin to end."""
        self.start()
        return self.wait()

    def start(self) -> None:
        """Begin in the background."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "output.txt").open("wb") as output:
            self._process = subprocess.Popen(
                self._command(),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def wait(self) -> SippResult:
        """Wait for the end; what takes too long is killed and has sipp's exit code -9."""
        assert self._process is not None
        try:
            code = self._process.wait(self.timeout + GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return self._result(code)

    def kill(self) -> None:
        """End it, if it still runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def begun(self) -> int:
        """How many calls it has begun, as of the last second."""
        return int(self._statistics().get("TotalCallCreated", 0))

    def _command(self) -> list[str]:
        name = shutil.which("sipp")
        if name is None:
            raise RuntimeError("sipp is not installed: apt-get install sip-tester")
        command = [name, *filter(None, [self.target]), "-i", self.host, "-mi", self.host]
        command += ["-p", str(self.port or free_ports(1)), "-t", TRANSPORTS[self.transport]]
        own = self.scenario in OWN
        command += ["-sn", self.scenario] if own else ["-sf", str(self._scenario())]
        command += ["-m", str(self.calls), "-r", str(self.rate), "-s", self.service]
        if self.transport == "tcp-each":
            command += ["-max_socket", str(MAX_SOCKETS)]
        if not self.absorbs:
            command += ["-nr"]
        command += ["-nostdin", "-recv_timeout", str(self.message_milliseconds)]
        command += ["-timeout", str(int(self.timeout)), "-timeout_error"]
        command += ["-trace_stat", "-stf", "statistics.csv", "-fd", "1"]
        command += ["-trace_err", "-error_file", "errors.txt"]
        if self.at_once:
            command += ["-l", str(self.at_once)]
        if self.lost:
            command += ["-lost", str(self.lost)]
        if self.messages:
            command += ["-trace_msg", "-message_file", "messages.txt"]
        if self.response_times:
            command += ["-trace_rtt", "-rtt_freq", str(self.calls)]
        return command

    def _scenario(self) -> Path:
        text = (SCENARIOS / f"{self.scenario}.xml").read_text("utf-8")
        for old, new in self.replacing.items():
            if old not in text:
                raise ValueError(f"{self.scenario}.xml has no {old!r} to replace")
            text = text.replace(old, new)
        path = self.directory / f"{self.scenario}.xml"
        path.write_text(text, "utf-8")
        return path

    def _statistics(self) -> dict[str, str]:
        path = self.directory / "statistics.csv"
        if not path.exists():
            return {}
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file, delimiter=";"))
        return rows[-1] if rows else {}

    def _result(self, code: int) -> SippResult:
        last = self._statistics()
        return SippResult(
            code=code,
            calls=int(last.get("TotalCallCreated", 0)),
            successful=int(last.get("SuccessfulCall(C)", 0)),
            failed=int(last.get("FailedCall(C)", 0)),
            retransmissions=int(last.get("Retransmissions(C)", 0)),
            seconds=_seconds(last.get("ElapsedTime(C)", "0:0:0")),
            report=self._report(code),
            response_times=self._response_times(),
        )

    def _report(self, code: int) -> str:
        parts = [f"sipp {self.scenario} by {self.transport}: exit code {code}"]
        for name in ("errors.txt", "messages.txt", "output.txt"):
            path = self.directory / name
            if path.exists():
                parts.append(f"--- {name}\n{path.read_text('utf-8', 'replace')[-SHOWN:]}")
        return "\n".join(parts)

    def _response_times(self) -> list[float]:
        times = []
        for path in self.directory.glob("*_rtt.csv"):
            with path.open(newline="") as file:
                rows = csv.DictReader(file, delimiter=";")
                times += [float(row["response_time_ms"]) for row in rows]
        return sorted(times)


def _seconds(clock: str) -> float:
    hours, minutes, seconds, *fraction = clock.split(":")
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + (int(fraction[0]) / 1e6 if fraction else 0.0)
