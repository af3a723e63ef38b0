"""The statistics over HTTP: what is answered to whom, and who cannot hold it up."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
from collections.abc import Awaitable, Callable

import pytest

from seastool.net.metrics import MAX_CONNECTIONS, MAX_REQUEST, MetricsServer

TEXT = "a_metric 1\n"
TYPE = "text/plain; version=0.0.4; charset=utf-8"


def served(talk: Callable[[MetricsServer], Awaitable[None]], seconds: float = 10.0) -> None:
    async def run() -> None:
        server = MetricsServer("127.0.0.1", 0, lambda: TEXT, TYPE, seconds=seconds)
        await server.open()
        try:
            await talk(server)
        finally:
            await server.close()

    asyncio.run(run())


async def exchange(server: MetricsServer, request: bytes, *, ends: bool = False) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request)
    if ends:
        writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


def request(method: str, path: str, version: str = "1.1") -> bytes:
    return f"{method} {path} HTTP/{version}\r\nHost: x\r\n\r\n".encode()


def test_a_client_of_the_library_reads_it() -> None:
    async def talk(server: MetricsServer) -> None:
        def read() -> tuple[int, str | None, bytes]:
            client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
            client.request("GET", "/metrics")
            answer = client.getresponse()
            return answer.status, answer.getheader("Content-Type"), answer.read()

        assert await asyncio.to_thread(read) == (200, TYPE, TEXT.encode())
        assert server.counts == {200: 1}

    served(talk)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request("GET", "/metrics"), 200),
        (request("GET", "/metrics?name=x", "1.0"), 200),
        (request("GET", "http://127.0.0.1/metrics"), 200),
        (b"GET /metrics HTTP/1.1\nHost: x\n\n", 200),
        (request("GET", "/"), 404),
        (request("POST", "/"), 404),
        (request("POST", "/metrics"), 405),
        (request("DELETE", "/metrics"), 405),
        (request("GET", "http://[/metrics"), 400),
        (request("GET", "/metrics", "2.0"), 400),
        (b"GET /metrics\r\n\r\n", 400),
        (b"\xff\0\x1b[2J\r\n\r\n", 400),
        (b"GET /metrics HTTP/1.1\r\nX: " + b"x" * MAX_REQUEST + b"\r\n\r\n", 431),
    ],
    ids=lambda value: value[:30].decode("latin-1").strip() if isinstance(value, bytes) else value,
)
def test_what_is_answered(sent: bytes, status: int) -> None:
    async def talk(server: MetricsServer) -> None:
        head, _, body = (await exchange(server, sent)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert f"Content-Length: {len(body)}".encode() in head
        assert (body == TEXT.encode()) == (status == 200)
        assert (b"Allow: GET, HEAD" in head) == (status == 405)

    served(talk)


@pytest.mark.parametrize("path", ["/metrics", "/other"])
def test_head_is_get_without_the_body(path: str) -> None:
    async def talk(server: MetricsServer) -> None:
        whole = await exchange(server, request("GET", path))
        head = await exchange(server, request("HEAD", path))
        assert whole.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" == head

    served(talk)


def test_a_text_that_cannot_be_made_is_an_error_for_whoever_wants_it() -> None:
    async def run() -> None:
        server = MetricsServer("127.0.0.1", 0, lambda: str(1 // 0))
        await server.open()
        assert (await exchange(server, request("GET", "/metrics"))).startswith(b"HTTP/1.1 500 ")
        assert server.counts == {500: 1}
        await server.close()

    asyncio.run(run())


def test_a_slow_client_is_told_so() -> None:
    async def talk(server: MetricsServer) -> None:
        answer = await exchange(server, b"GET /metrics HT")
        assert answer.startswith(b"HTTP/1.1 408 ")

    served(talk, seconds=0.05)


def test_a_client_that_leaves_is_none() -> None:
    async def talk(server: MetricsServer) -> None:
        assert await exchange(server, b"GET /metr", ends=True) == b""
        assert server.counts == {"gone": 1}

    served(talk)


def test_too_many_at_once_and_all_are_cut_off_at_the_end() -> None:
    async def talk(server: MetricsServer) -> None:
        idle = [
            await asyncio.open_connection("127.0.0.1", server.port) for _ in range(MAX_CONNECTIONS)
        ]
        with contextlib.suppress(ConnectionError):
            assert await exchange(server, request("GET", "/metrics")) == b""
        assert server.counts == {"refused": 1}
        idle[0][1].close()
        while server.counts["gone"] == 0:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (await exchange(server, request("GET", "/metrics"))).startswith(b"HTTP/1.1 200 ")
        await server.close()
        for reader, writer in idle[1:]:
            assert await reader.read() == b""
            writer.close()

    served(talk)


def test_a_port_that_is_taken_is_an_error() -> None:
    async def talk(server: MetricsServer) -> None:
        with pytest.raises(OSError, match="address already in use"):
            await MetricsServer("127.0.0.1", server.port, lambda: "").open()

    served(talk)
