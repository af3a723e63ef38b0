"""Both machines joined in memory: what one writes the other reads, in pieces of any size."""

from __future__ import annotations

from seastool.seas.connection import app_server, openser
from seastool.seas.connection.commands import NEED_DATA, CloseBoth, Open, Write
from seastool.seas.dialects import lookup
from seastool.seas.handshake import ListeningSocket
from seastool.seas.types import Socket

UDP = ListeningSocket(protocol=1, name=b"127.0.0.1", address=b"127.0.0.1", port=5060)
TCP = ListeningSocket(protocol=2, name=b"127.0.0.1", address=b"127.0.0.1", port=5060)
KAMAILIO = lookup("kamailio-5.6.3")
OPENSER = lookup("openser-1.3.0")


def a_listener(dialect=KAMAILIO, sockets=(UDP, TCP), **options) -> openser.OpenserListener:
    return openser.OpenserListener(list(sockets), dialect, **options)


def an_app_server(dialect=None, **options) -> app_server.AppServerConnection:
    detect = dialect is None
    return app_server.AppServerConnection(
        b"app_server_1", dialect or lookup("kamailio"), detect=detect, **options
    )


class Joined:
    """One application server and one proxy. `piece`: how many bytes arrive at a time."""

    def __init__(self, server=None, proxy=None, piece: int = 1 << 20) -> None:
        self.server = server or an_app_server()
        self.proxy = proxy or a_listener()
        self.now = 100.0
        self.piece = piece
        self.numbers: dict[Socket, int] = {}
        self.written: list[Write] = []
        self.server_events: list[object] = []
        self.proxy_events: list[object] = []
        self._next = 0
        self.server.start(self.now)
        self.settle()

    def settle(self) -> None:
        """Let everything pass that wants to, at this moment."""
        while self._server_turn() or self._proxy_turn():
            pass

    def run(self, seconds: float) -> None:
        """Let time pass, timer by timer."""
        end = self.now + seconds
        while True:
            times = [t for t in (self.server.get_timer(), self.proxy.get_timer()) if t is not None]
            due = min(times, default=end + 1)
            if due > end:
                break
            self.now = max(self.now, due)
            self.server.handle_timer(self.now)
            self.proxy.handle_timer(self.now)
            self.settle()
        self.now = end

    def of(self, kind: type, *, proxy: bool = False) -> list:
        """The events of a kind that one side has told."""
        return [e for e in (self.proxy_events if proxy else self.server_events) if type(e) is kind]

    def remarks(self) -> list[str]:
        return [e.text for e in self.of(app_server.Remark)]

    def wrongs(self) -> list[str]:
        return [e.rule for e in self.of(openser.Wrong, proxy=True)]

    def _server_turn(self) -> bool:
        commands = self.server.commands()
        for command in commands:
            if isinstance(command, Open):
                self._next += 1
                self.numbers[command.socket] = self._next
                self.proxy.accepted(self._next, command.socket, self.now)
                self.server.connected(command.socket, self.now)
            elif isinstance(command, CloseBoth):
                numbers, self.numbers = self.numbers, {}
                for number in numbers.values():
                    self.proxy.closed(number, "closed by the peer", self.now)
            else:
                self.written.append(command)
                for piece in self._pieces(command.data):
                    if (number := self.numbers.get(command.socket)) is not None:
                        self.proxy.receive_data(number, piece, self.now)
        return self._drain(self.server, self.server_events) or bool(commands)

    def _proxy_turn(self) -> bool:
        commands = self.proxy.commands()
        for command in commands:
            socket = next((s for s, n in self.numbers.items() if n == command.connection), None)
            if socket is None:
                continue
            if isinstance(command, openser.CloseConnection):
                del self.numbers[socket]
                self.server.disconnected(socket, "closed by the peer", self.now)
            else:
                for piece in self._pieces(command.data):
                    self.server.receive_data(socket, piece, self.now)
        return self._drain(self.proxy, self.proxy_events) or bool(commands)

    def _pieces(self, data: bytes) -> list[bytes]:
        return [data[i : i + self.piece] for i in range(0, len(data), self.piece)]

    def _drain(self, machine, told: list[object]) -> bool:
        before = len(told)
        while (event := machine.next_event()) is not NEED_DATA:
            told.append(event)
        return len(told) > before
