"""Statistics over HTTP, for what scrapes them: GET and HEAD of one path, an answer a connection.

Source: RFC 9110, RFC 9112.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import urlsplit

PATH: Final = "/metrics"
MAX_REQUEST: Final = 8192  # bytes, up to the empty line; a body is not read
MAX_CONNECTIONS: Final = 32
SECONDS: Final = 10.0  # for the request to come, and again for the answer to be taken
_METHODS: Final = ("GET", "HEAD")
_LINE: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP/1\.[0-9]\r?\Z", re.ASCII)
_END: Final = re.compile(rb"\r?\n\r?\n")
_PLAIN: Final = "text/plain; charset=utf-8"


class _Answer(NamedTuple):
    status: HTTPStatus
    body: bytes
    content_type: str = _PLAIN
    with_body: bool = True

    def encode(self) -> bytes:
        lines = [
            f"HTTP/1.1 {self.status.value} {self.status.phrase}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            "Connection: close",
        ]
        if self.status is HTTPStatus.METHOD_NOT_ALLOWED:
            lines.append(f"Allow: {', '.join(_METHODS)}")
        head = "".join(f"{line}\r\n" for line in lines).encode()
        return head + b"\r\n" + (self.body if self.with_body else b"")


class MetricsServer:
    """Serves a text that is made anew for each request. Port 0 takes a free one.

    text: makes it; content_type: what it is. seconds: how long a client may take.
    counts: answers by status, and "gone": clients that did not take
    theirs; "refused": connections too many at once.
    """

    def __init__(
        self,
        host: str,
        port: int,
        text: Callable[[], str],
        content_type: str = _PLAIN,
        *,
        seconds: float = SECONDS,
    ) -> None:
        self.host, self.port = host, port
        self.counts: Counter[int | str] = Counter()
        self._text = text
        self._content_type = content_type
        self._seconds = seconds
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen. Raises: OSError."""
        self._server = await asyncio.start_server(
            self._connected, self.host, self.port, limit=MAX_REQUEST
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop, and cut off whoever is in the middle of a request."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= MAX_CONNECTIONS:
            self.counts["refused"] += 1
            writer.transport.abort()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._read(reader)
            self.counts[answer.status] += 1
            async with asyncio.timeout(self._seconds):
                writer.write(answer.encode())
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (OSError, EOFError, TimeoutError):
            self.counts["gone"] += 1
        finally:
            if not writer.is_closing() or writer.transport.get_write_buffer_size():
                writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader) -> _Answer:
        """Read a request and decide on its answer."""
        data = b""
        try:
            async with asyncio.timeout(self._seconds):
                while not _END.search(data):
                    piece = await reader.read(MAX_REQUEST)
                    if not piece:
                        raise EOFError
                    data += piece
                    if len(data) > MAX_REQUEST:
                        return _told(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        except TimeoutError:
            return _told(HTTPStatus.REQUEST_TIMEOUT)
        return self._answer(data.partition(b"\n")[0].decode("latin-1"))

    def _answer(self, line: str) -> _Answer:
        found = _LINE.match(line)
        if found is None:
            return _told(HTTPStatus.BAD_REQUEST)
        method, target = found.groups()
        try:
            path = urlsplit(target).path
        except ValueError:
            return _told(HTTPStatus.BAD_REQUEST)
        with_body = method != "HEAD"
        if path != PATH:
            return _told(HTTPStatus.NOT_FOUND, with_body=with_body)
        if method not in _METHODS:
            return _told(HTTPStatus.METHOD_NOT_ALLOWED)
        try:
            body = self._text().encode()
        except Exception:  # a fault in here is for whoever scrapes to see, and ends nothing
            return _told(HTTPStatus.INTERNAL_SERVER_ERROR, with_body=with_body)
        return _Answer(HTTPStatus.OK, body, self._content_type, with_body)


def _told(status: HTTPStatus, *, with_body: bool = True) -> _Answer:
    """An answer that says its status, and where there is more."""
    return _Answer(
        status, f"{status.value} {status.phrase}; see {PATH}\n".encode(), _PLAIN, with_body
    )
