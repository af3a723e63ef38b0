"""An application server of a hundred lines, on blocking sockets: a second opinion.

It shares the codec with seastool and nothing else, so a test that fails with `seastool appserver`
and passes with this one has found a fault of the former. It also does on purpose what the other
never would: leave pings unanswered.
"""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Self

from seastool.seas.codec import decode_frame, encode_frame
from seastool.seas.dialects import lookup
from seastool.seas.frames import Action, Bind, JainPong, Ping, Reply, TReqIn
from seastool.seas.framing import SeasSplitter, Unit
from seastool.seas.handshake import Name, SocketInfo
from seastool.seas.message import Message
from seastool.seas.types import Direction, Socket
from seastool.testing.loopback_ports import LOOPBACK

DIALECT = lookup("kamailio-5.6.3")
PROCESSOR = 1
PAUSE = 0.1  # the proxy's listener does not stand two things at once
COPIED = (b"via", b"from", b"to", b"call-id", b"cseq")


class PlainAppServer:
    """Answers every request with 200; an INVITE rings first.

    invite: final status of INVITEs, 0 to let them ring. contact: sent with it. pongs: whether
    pings are answered. `requests` has the events of requests in order, `methods` their methods.
    """

    def __init__(self, port: int, *, invite: int = 200, contact: str = "", pongs: bool = True):
        self.port, self.invite, self.pongs = port, invite, pongs
        self.contact = contact or f"<sip:plain@{LOOPBACK}>"
        self.info: SocketInfo | None = None
        self.requests: list[TReqIn] = []
        self.methods: list[str] = []
        self._event = self._action = socket.socket()

    def __enter__(self) -> Self:
        self._event = self._open(self.port)
        self._action = self._open(self.port + 1)
        units = self._units()
        self.info = SocketInfo.decode(next(units))
        for one in self.info.sockets:
            address = socket.inet_aton(one.address.decode())
            bind = Bind(
                processor_id=PROCESSOR, address=address, protocol=one.protocol, port=one.port
            )
            self._event.sendall(encode_frame(bind))
        time.sleep(PAUSE)  # no answer is sent to a BIND
        self._thread = threading.Thread(target=self._run, args=(units,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._event, self._action):
            one.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        for one in (self._event, self._action):
            one.close()

    def _open(self, port: int) -> socket.socket:
        connection = socket.create_connection((LOOPBACK, port), timeout=5)
        time.sleep(PAUSE)
        connection.sendall(Name(name=b"app_server_1").encode())
        time.sleep(PAUSE)
        return connection

    def _units(self) -> Iterator[bytes]:
        """Socket info, then frames; pings may come in one piece with the former."""
        splitter = SeasSplitter(Socket.EVENT, Direction.TO_AS)
        while data := self._event.recv(65536):
            splitter.receive_data(data)
            while isinstance(unit := splitter.next_event(), Unit):
                yield unit.data

    def _run(self, units: Iterator[bytes]) -> None:
        self._event.settimeout(None)
        for data in units:
            event = decode_frame(data, Socket.EVENT, Direction.TO_AS)
            if isinstance(event, TReqIn):
                self._request(event)
                self.requests.append(event)
            elif isinstance(event, Ping) and self.pongs:
                self._send(JainPong(sequence=event.sequence))

    def _request(self, event: TReqIn) -> None:
        message = Message(event.payload, DIALECT)
        text = bytes(message.text)
        method = text.partition(b" ")[0]
        self.methods.append(method.decode())
        if method == b"CANCEL":
            self._reply(event.hash_index, event.label, text, 200)
            if event.cancelled_hash_index is not None and event.cancelled_label is not None:
                invite = text.replace(b" CANCEL\r\n", b" INVITE\r\n")
                self._reply(event.cancelled_hash_index, event.cancelled_label, invite, 487)
        elif method == b"INVITE":
            self._reply(event.hash_index, event.label, text, 180)
            if self.invite:
                self._reply(event.hash_index, event.label, text, self.invite)
        elif method != b"ACK":
            self._reply(event.hash_index, event.label, text, 200)

    def _reply(self, hash_index: int, label: int, request: bytes, status: int) -> None:
        lines = [b"SIP/2.0 %d Plain" % status, b"Contact: " + self.contact.encode()]
        for line in request.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
            name = line.partition(b":")[0].strip().lower()
            if name in COPIED:
                tagged = name != b"to" or b";tag=" in line
                lines.append(line if tagged else line + b";tag=plain")
        text = b"\r\n".join([*lines, b"Content-Length: 0", b"", b""])
        self._send(Reply(hash_index=hash_index, label=label, text=text))

    def _send(self, action: Action) -> None:
        action.processor_id = PROCESSOR
        self._action.sendall(encode_frame(action))
