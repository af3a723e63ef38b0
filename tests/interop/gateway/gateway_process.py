"""`seastool gateway` as a child process, with ports of its own."""

import signal
from pathlib import Path
from typing import Self

from app_server_process import AppServerProcess, SeastoolProcess

from seastool.testing.loopback_ports import LOOPBACK, free_ports


class GatewayProcess(SeastoolProcess):
    """A gateway by UDP and TCP, with options of the command line.

    host: where it takes SIP; [::1] for IPv6. sip_port, seas_port: 0 for free ones.
    """

    def __init__(
        self,
        directory: Path,
        *options: str,
        host: str = LOOPBACK,
        sip_port: int = 0,
        seas_port: int = 0,
    ) -> None:
        first = free_ports(3)
        self.sip_port = sip_port or first
        self.seas_port = seas_port or first + 1
        self.sip = f"{host}:{self.sip_port}"
        self.seas = f"{LOOPBACK}:{self.seas_port}"
        self.was_ended = False
        sockets = ("--sip", f"udp:{self.sip}", "--sip", f"tcp:{self.sip}")
        super().__init__(directory, "gateway", *sockets, "--seas", self.seas, *options)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end. Returns its exit code."""
        self.was_ended = True
        return super().end(number)

    @property
    def resident(self) -> int:
        """Bytes of memory that it has now."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError(f"{self} has no memory of its own")


class Farm:
    """A gateway and application servers, each of which gets the requests to the user of its name.

    servers: options of the command line, by name. All are started at once.
    """

    def __init__(
        self, directory: Path, servers: dict[str, tuple[str, ...]], *options: str, **where: object
    ) -> None:
        routes = [word for name in servers for word in ("--route", f"{name} uri=sip:{name}@")]
        self.gateway = GatewayProcess(directory / "gateway", *options, *routes, **where)
        self.servers = {
            name: AppServerProcess(directory / name, self.gateway.seas, ("--name", name, *chosen))
            for name, chosen in servers.items()
        }
        self.sip, self.sip_port = self.gateway.sip, self.gateway.sip_port

    def __enter__(self) -> Self:
        try:
            for process in self._processes():
                process.start()
            for process in self._processes():
                process.wait_ready()
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                ends_well(*self.servers.values(), self.gateway)
        finally:
            self._kill()

    def _processes(self) -> list[SeastoolProcess]:
        return [self.gateway, *self.servers.values()]

    def _kill(self) -> None:
        for process in self._processes():
            process.kill()
            print(f"--- {process}\n{process.err}")


def ends_well(*processes: SeastoolProcess) -> None:
    """Each is alive, ends when it is asked to, and has told of no fault of its own."""
    for process in processes:
        assert process.alive, process.err
        assert process.end() == 0, process.err
        assert "Traceback" not in process.err, process.err
        assert "fault of" not in process.err, process.err
