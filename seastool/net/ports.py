"""The two listening ports of a proxy: one for events, and behind it one for actions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from seastool.seas.types import Socket

TRIES: Final = 50
HIGHEST: Final = 65534  # of an event port


class Ports:
    """port: of the events; 0 until `open` has found two free ports side by side.

    accept: makes the protocol of a connection that comes in on a socket.
    """

    def __init__(self, host: str, port: int, accept: Callable[[Socket], asyncio.Protocol]) -> None:
        self.host, self.port = host, port
        self._accept = accept
        self._servers: list[asyncio.Server] = []

    async def open(self) -> None:
        """Listen. Raises: OSError."""
        left = TRIES if self.port == 0 else 1
        while True:
            left -= 1
            try:
                event_port = await self._listen(Socket.EVENT, self.port)
                await self._listen(Socket.ACTION, event_port + 1)
                self.port = event_port
                return
            except OSError:
                await self.close()
                if not left:
                    raise

    async def _listen(self, socket: Socket, port: int) -> int:
        if port > HIGHEST + 1:
            raise OSError(f"port {port} is none: the action port follows the event port")
        server = await asyncio.get_running_loop().create_server(
            lambda: self._accept(socket), self.host, port, reuse_address=True
        )
        self._servers.append(server)
        found: int = server.sockets[0].getsockname()[1]
        return found

    async def close(self) -> None:
        """Listen no more."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        await asyncio.sleep(0)
