"""Debian's Kamailio as a child process, with ports and a directory of its own."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Self

from loopback_ports import LOOPBACK, free_ports, listening

CONFIGURATION = Path(__file__).parents[1] / "kamailio.cfg"
START_SECONDS = 20.0
MEGABYTES = 256  # shared memory; 400 calls/s keep some 60 MB, as transactions wait for 5 s
PINGS = "1000:2:900"
TROUBLE = re.compile(
    r"CRITICAL|BUG|ERROR|exited by a signal|core was|out of mem|pingtable is full"
    r"|scheduled to die",
    re.IGNORECASE,
)
# Told when an application server comes (as an error) and, with pings, at every action: a table
# with a star for each ping that is not answered, and the numbers of its places.
PING_TABLE = re.compile(r"^[=*]+$", re.MULTILINE)
NOISE = re.compile(r"alloc'ing \d+ bytes for \d+ pings|^[=*]+$|^[-\d]+$")
LEAVING = re.compile(r"client leaving|read 0 bytes from AS|client \S+ leaving|pinger has died")


def program() -> str | None:
    """Where it is installed: sbin is not on everybody's path."""
    return shutil.which("kamailio") or shutil.which("kamailio", path="/usr/local/sbin:/usr/sbin")


class Kamailio:
    """A proxy that gives all requests to the application server `app_server_1`.

    directory: for the log and what it writes. pings: of seas' `jain_ping`, "" for none.
    definitions: of the configuration. It runs in a process group of its own and is only ever
    killed: nothing that it does at an orderly end is of interest here.
    """

    def __init__(self, directory: Path, *, pings: str = PINGS, definitions: tuple[str, ...] = ()):
        self.directory = directory
        self.sip_port = free_ports(3)
        self.seas_port = self.sip_port + 1
        self.definitions = (f'SEAS_LISTEN="{LOOPBACK}:{self.seas_port}"', *definitions)
        if pings:
            self.definitions += (f'PINGS="{pings}"',)
        self._log = directory / "kamailio.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def sip(self) -> str:
        """Where it takes SIP, by UDP and TCP."""
        return f"{LOOPBACK}:{self.sip_port}"

    @property
    def seas(self) -> str:
        """Where an application server connects to."""
        return f"{LOOPBACK}:{self.seas_port}"

    def start(self) -> None:
        """Start it, on the same ports as before, and wait until it listens on all of them."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # If we are killed before we can kill it, the pipe breaks and this does it.
        self._guard = subprocess.Popen(
            ["sh", "-c", f"read -r _; kill -9 -{self._process.pid}"],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        if not _within(START_SECONDS, lambda: self._listens() or not self.alive) or not self.alive:
            self.kill()
            raise RuntimeError(f"kamailio did not start:\n{self.log}")

    def kill(self) -> None:
        """SIGKILL to all its processes; returns when its ports are free."""
        process, self._process = self._process, None
        if process is None or self._guard is None:
            return
        self._guard.kill()
        self._guard.communicate()
        with contextlib.suppress(ProcessLookupError):  # it may have died by itself
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # The other processes of the group are not our children: their end shows in the ports.
        if not _within(START_SECONDS, lambda: not self._ports() & listening("tcp")):
            raise RuntimeError(f"kamailio was killed and ports of {self._ports()} are still taken")

    @property
    def alive(self) -> bool:
        """Whether its main process, which ends when another dies, is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def has_died(self) -> bool:
        """Whether it is gone, and nobody has killed it."""
        return self._process is not None and not self.alive

    @property
    def log(self) -> str:
        """What it has said, without what it says all the time."""
        return "\n".join(line for line in self._read().splitlines() if not NOISE.search(line))

    @property
    def pings(self) -> list[bool]:
        """Whether a ping waits for its answer, at each moment that seas has told of it."""
        return ["*" in table for table in PING_TABLE.findall(self._read())]

    @property
    def pings_answered(self) -> int:
        """How often all were answered after one was not."""
        return sum(before and not after for before, after in pairwise(self.pings))

    @property
    def troubles(self) -> list[str]:
        """The lines of the log that tell of errors; that somebody has left is none."""
        lines = self.log.splitlines()
        return [line for line in lines if TROUBLE.search(line) and not LEAVING.search(line)]

    def seconds_used(self) -> float:
        """Processor time of all its processes."""
        assert self._process is not None
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has ended since
            if int(fields[2]) == self._process.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def _read(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def _command(self) -> list[str]:
        name = program()
        if name is None:
            raise RuntimeError("kamailio is not installed: apt-get install kamailio")
        command = [name, "-DD", "-E", "-f", str(CONFIGURATION), "-x", "tlsf"]
        command += ["-m", str(MEGABYTES), "-M", "16"]
        command += ["-w", str(self.directory), "-Y", str(self.directory)]
        for definition in self.definitions:
            command += ["-A", definition]
        return [*command, "-l", f"udp:{self.sip}", "-l", f"tcp:{self.sip}"]

    def _ports(self) -> set[int]:
        return {self.sip_port, self.seas_port, self.seas_port + 1}

    def _listens(self) -> bool:
        return self._ports() <= listening("tcp") and self.sip_port in listening("udp")


def _within(seconds: float, happened: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
