"""Debian's Kamailio with its module seas, as a child process on free ports."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Final

from seastool.capture.live import Traffic
from seastool.errors import SeasError
from seastool.testing.loop_thread import NotInTime
from seastool.testing.phone import SipPhone
from seastool.testing.sip_text import LOOPBACK

START_SECONDS: Final = 20.0
MEGABYTES: Final = 256  # shared memory; a transaction keeps some 13 kB for 5 s
# Below the ports that Linux gives to outgoing connections, which could take one in between.
FIRST, LAST = 20_000, 32_000
BIND_SECONDS: Final = 0.1  # a BIND is not answered: until it has surely been read
_LISTEN, _SPOKEN = "0A", re.compile(r"^[=*]+$|^[-\d]+$|alloc'ing \d+ bytes for \d+ pings")
_ENOUGH: Final = "/usr/local/sbin:/usr/sbin"  # sbin is not on everybody's path
_PLACES: Final = (
    "/usr/lib/*/kamailio/modules",
    "/usr/lib/kamailio/modules",
    "/usr/local/lib*/kamailio/modules",
)


class NotInstalled(SeasError):
    """There is no Kamailio with the module seas, and how to get one."""


def kamailio_program() -> str:
    """Where it is. Raises: NotInstalled."""
    found = shutil.which("kamailio") or shutil.which("kamailio", path=_ENOUGH)
    if found is None:
        raise NotInstalled("kamailio is not installed: apt-get install kamailio")
    modules = (Path("/").glob(f"{place[1:]}/seas.so") for place in _PLACES)
    if not any(True for one in modules for _ in one):
        raise NotInstalled(f"{found} has no module seas.so: Debian's package kamailio has it")
    return found


class RunningKamailio:
    """A proxy that gives all requests to the application server ``app_server_1``.

    folder: for its configuration, its log and what it writes. It runs in a process group of its
    own and is only ever killed: what it does at an orderly end is of no interest.
    """

    def __init__(
        self, folder: Path, definitions: Sequence[str], traffic: Traffic | None = None
    ) -> None:
        self._program = kamailio_program()
        self._folder = folder
        self.sip_port = free_ports(3)
        self.port = self.sip_port + 1
        self._definitions = (f'SEAS_LISTEN="{self.seas}"', *definitions)
        self._traffic = traffic
        self._phones: list[SipPhone] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        """Where it listens, on both sides."""
        return LOOPBACK

    @property
    def sip(self) -> str:
        """``host:port`` of SIP, by UDP and TCP."""
        return f"{LOOPBACK}:{self.sip_port}"

    @property
    def seas(self) -> str:
        """``host:port`` for an application server to connect to: `port` is the event port."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def log(self) -> str:
        """What it has said, without what it says all the time."""
        text = (self._folder / "kamailio.log").read_text("utf-8", "replace")
        return "\n".join(line for line in text.splitlines() if not _SPOKEN.search(line))

    @property
    def is_alive(self) -> bool:
        """Whether its main process, which ends when another one dies, is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and wait until it listens. Raises: NotInTime with its log."""
        with (self._folder / "kamailio.log").open("ab") as log:
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
        if not (_within(lambda: self._listens() or not self.is_alive) and self.is_alive):
            self.close()
            raise NotInTime(f"kamailio did not start within {START_SECONDS:g} s:\n{self.log}")

    def wait_for_app_server(self) -> None:
        """An application server is ready when it says so; give the proxy time to read its BINDs."""
        time.sleep(BIND_SECONDS)

    def phone(self) -> SipPhone:
        """A phone that calls through it, closed with it."""
        phone = SipPhone(LOOPBACK, self.sip_port, self._traffic)
        self._phones.append(phone)
        return phone

    def close(self) -> None:
        """Kill it; returns when its ports are free. Raises: NotInTime."""
        for phone in self._phones:
            phone.close()
        process, self._process = self._process, None
        if process is None or self._guard is None:
            return
        self._guard.kill()
        self._guard.communicate()
        with contextlib.suppress(ProcessLookupError):  # it may have died by itself
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # The other processes of the group are not our children: their end shows in the ports.
        if not _within(lambda: not self._ports() & _listening()):
            raise NotInTime(f"kamailio was killed and ports of {self._ports()} are still taken")

    def _command(self) -> list[str]:
        configuration = self._folder / "kamailio.cfg"
        text = files("seastool.testing").joinpath("kamailio.cfg").read_text(encoding="utf-8")
        configuration.write_text(text, encoding="utf-8")
        command = [self._program, "-DD", "-E", "-f", str(configuration), "-x", "tlsf"]
        command += ["-m", str(MEGABYTES), "-M", "16"]
        command += ["-w", str(self._folder), "-Y", str(self._folder)]
        for definition in self._definitions:
            command += ["-A", definition]
        return [*command, "-l", f"udp:{self.sip}", "-l", f"tcp:{self.sip}"]

    def _ports(self) -> set[int]:
        return {self.sip_port, self.port, self.port + 1}

    def _listens(self) -> bool:
        return self._ports() <= _listening()


@contextmanager
def running_kamailio(
    folder: Path, *, definitions: Sequence[str] = (), traffic: Traffic | None = None
) -> Iterator[RunningKamailio]:
    """The real proxy for the time of a `with`.

    folder: to write to. definitions: of its configuration, such as ``PATIENCE=30000``; they stand
    at the head of kamailio.cfg. traffic: told what its phones send and get; SEAS is captured at
    the application server.
    Raises: NotInstalled, NotInTime.
    """
    running = RunningKamailio(folder, definitions, traffic)
    running.start()
    try:
        yield running
    finally:
        running.close()


def free_ports(count: int) -> int:
    """The first of some consecutive ports that are free for TCP and UDP. Raises: OSError."""
    for _ in range(1000):
        first = random.randrange(FIRST, LAST)
        if all(_is_free(first + i) for i in range(count)):
            return first
    raise OSError(f"no {count} free ports in a row from {FIRST} to {LAST}")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                return False
    return True


def _listening() -> set[int]:
    """The TCP ports that somebody listens on, from /proc: a look must not be a connection, as one
    without a name takes one of the proxy's five places for ever."""
    ports = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        if state == _LISTEN:
            ports.add(int(local.rpartition(":")[2], 16))
    return ports


def _within(happened: Callable[[], bool]) -> bool:
    end = time.monotonic() + START_SECONDS
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
