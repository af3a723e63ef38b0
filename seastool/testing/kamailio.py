"""Debian's Kamailio with its module seas, as a child process on free ports."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Final, Self

from seastool.capture.live import Traffic
from seastool.errors import SeasError
from seastool.testing.loop_thread import NotInTime
from seastool.testing.loopback_ports import LOOPBACK, free_ports, listening
from seastool.testing.phone import SipPhone

START_SECONDS: Final = 20.0
MEGABYTES: Final = 256  # shared memory; a transaction keeps some 13 kB for 5 s
BIND_SECONDS: Final = 0.1  # a BIND is not answered: until it has surely been read
_SPOKEN: Final = re.compile(r"^[=*]+$|^[-\d]+$|alloc'ing \d+ bytes for \d+ pings")
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

    folder: for its configuration, its log and what it writes. megabytes: of shared memory. It runs
    in a process group of its own and is only ever killed: what it does at an orderly end is of no
    interest.
    """

    def __init__(
        self,
        folder: Path,
        definitions: Sequence[str],
        traffic: Traffic | None = None,
        *,
        megabytes: int = MEGABYTES,
    ) -> None:
        self._program = kamailio_program()
        self._folder = folder
        self._megabytes = megabytes
        self.sip_port = free_ports(3)
        self.port = self.sip_port + 1
        self._definitions = (f'SEAS_LISTEN="{self.seas}"', *definitions)
        self._traffic = traffic
        self._phones: list[SipPhone] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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
        return "\n".join(line for line in self._said().splitlines() if not _SPOKEN.search(line))

    @property
    def is_alive(self) -> bool:
        """Whether its main process, which ends when another one dies, is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, on the same ports each time, and wait until it listens.

        Raises: NotInTime with its log.
        """
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
        if not _within(lambda: not self._ports() & listening("tcp")):
            raise NotInTime(f"kamailio was killed and ports of {self._ports()} are still taken")

    def _command(self) -> list[str]:
        configuration = self._folder / "kamailio.cfg"
        configuration.write_text(self._configuration(), encoding="utf-8")
        command = [self._program, "-DD", "-E", "-f", str(configuration), "-x", "tlsf"]
        command += ["-m", str(self._megabytes), "-M", "16"]
        command += ["-w", str(self._folder), "-Y", str(self._folder)]
        for definition in self._definitions:
            command += ["-A", definition]
        return [*command, "-l", f"udp:{self.sip}", "-l", f"tcp:{self.sip}"]

    def _configuration(self) -> str:
        return files("seastool.testing").joinpath("kamailio.cfg").read_text(encoding="utf-8")

    def _said(self) -> str:
        return (self._folder / "kamailio.log").read_text("utf-8", "replace")

    def _ports(self) -> set[int]:
        return {self.sip_port, self.port, self.port + 1}

    def _listens(self) -> bool:
        return self._ports() <= listening("tcp") and self.sip_port in listening("udp")


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
    with RunningKamailio(folder, definitions, traffic) as running:
        yield running


def _within(happened: Callable[[], bool]) -> bool:
    end = time.monotonic() + START_SECONDS
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
