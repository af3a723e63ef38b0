"""A SIP phone for a test: one UDP socket, no transactions but the ACK that nobody waits for."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from typing import Any, Final

from seastool.capture.live import Traffic
from seastool.capture.records import Address
from seastool.sip.parts import branch, cseq
from seastool.testing.exchange import SECONDS, Exchange, Mailbox, response_to
from seastool.testing.loop_thread import PATIENCE
from seastool.testing.loopback_ports import LOOPBACK
from seastool.testing.sip_message import SipMessage
from seastool.testing.sip_text import BOB, ack_of, sip_request

LARGEST: Final = 65_535
LOOK: Final = 0.2  # seconds between two looks at whether it was closed
FAILURES: Final = 300


class SipPhone:
    """Sends requests to a SIP server, takes its replies and its requests.

    A final response to an INVITE that is no 2xx is acknowledged at once, as any transaction layer
    would; a 2xx is not: that is `Exchange.ack`. Nothing is sent again. Close it at the end.
    """

    def __init__(self, host: str, port: int, traffic: Traffic | None = None) -> None:
        self.mailbox = Mailbox()
        self._to = (host, port)
        self._remote = Address(socket.inet_aton(host), port)
        self._traffic = traffic
        self._invites: dict[str, bytes] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOOPBACK, 0))
        self._socket.settimeout(LOOK)
        self._local = Address(socket.inet_aton(LOOPBACK), self.port)
        self._closed = False
        self._thread = threading.Thread(target=self._read, name="seastool phone", daemon=True)
        self._thread.start()

    def __enter__(self) -> SipPhone:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port(self) -> int:
        """Its UDP port."""
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def address(self) -> str:
        """``host:port``, as in its Via and Contact."""
        return f"{LOOPBACK}:{self.port}"

    def request(self, request: bytes | str, uri: str = BOB, **how: Any) -> Exchange:
        """Send a request. request: a whole text, or a method; then `uri` and `how` are those of
        `sip_request`, and Via and Contact are the phone's own."""
        if isinstance(request, str):
            request = sip_request(request, uri, **{"sent_by": self.address, **how})
        name = branch(request) or ""
        method = cseq(request)[1]
        if method == "INVITE":
            self._invites[name] = request
        self.send(request)
        return Exchange(self, request, (name, method))

    def respond(
        self,
        request: SipMessage,
        status: int,
        *,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        tag: str = "callee",
    ) -> None:
        """Answer a request that has come in (`wait_for_request`)."""
        given = headers or [("Contact", f"<sip:callee@{self.address}>")]
        self.send(response_to(request, status, headers=given, body=body, tag=tag))

    @property
    def requests(self) -> list[SipMessage]:
        """The requests that have come in."""
        return self.mailbox.requests

    def wait_for_request(
        self, method: str = "", number: int = 1, seconds: float = SECONDS
    ) -> SipMessage:
        """The request of that number, counted from 1, of the method if one is given.

        Raises: NotInTime.
        """
        return self.mailbox.request(method, number, seconds)

    def send(self, data: bytes) -> None:
        """Send a datagram, whatever is in it."""
        if self._traffic is not None:
            now = time.time_ns()
            self._traffic.datagram(self._local, self._remote, data, sent=True, time_ns=now)
        self._socket.sendto(data, self._to)

    def close(self) -> None:
        """Close the socket."""
        if not self._closed:
            self._closed = True
            self._thread.join(PATIENCE)
            self._socket.close()

    def _read(self) -> None:
        while not self._closed:
            try:
                data, (host, port) = self._socket.recvfrom(LARGEST)
            except TimeoutError:
                continue
            except OSError:  # nobody listens where it was sent to
                continue
            self._take(data, Address(socket.inet_aton(host), port))

    def _take(self, data: bytes, source: Address) -> None:
        if self._traffic is not None:
            now = time.time_ns()
            self._traffic.datagram(self._local, source, data, sent=False, time_ns=now)
        message = SipMessage(data)
        if not message.status:
            if message.method:
                self.mailbox.put_request(message)
            return
        name = branch(data) or ""
        if message.method == "INVITE" and message.status >= FAILURES and name in self._invites:
            self.send(ack_of(self._invites[name], data))
        self.mailbox.put_reply((name, message.method), message)
