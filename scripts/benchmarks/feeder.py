"""The proxy's side at its cheapest: events of many calls, ready made, and replies counted.

An application server gets what a proxy would send; its tag goes into the ACK and the BYE.
"""

import socket
import struct
from typing import Final

from benchmarks.calls import TRANSACTION_AT, event_forms
from benchmarks.echo_server import TAG
from seastool.seas.frames import Bind
from seastool.seas.handshake import ListeningSocket, Name, SocketInfo

LOOPBACK: Final = "127.0.0.1"
PATIENCE: Final = 30.0
FIRST_CALL: Final = 10_000_000
BYE_BIT: Final = 0x80000000  # set in the label of a call's second transaction
INVITE, ACK, BYE = range(3)
EVENTS_OF_CALL: Final = 3
CHUNK: Final = 1 << 18
TRIES: Final = 50
_PLACE_OF_TAG: Final = b"T" * len(TAG)
_LABEL_AT: Final = 14
_head = struct.Struct(">IB").unpack_from
_number = struct.Struct(">I")
REPLY_PROV: Final = 1


class Feeder:
    """Two listening sockets, then the two connections of one application server."""

    def __init__(self) -> None:
        self._listeners = _free_pair()
        self.port: int = self._listeners[0].getsockname()[1]
        self._forms = event_forms(";tag=" + _PLACE_OF_TAG.decode())
        self._event = self._action = self._listeners[0]
        self._rest = b""

    def take_bare(self) -> None:
        """Connections of a server that says nothing."""
        self._event, self._action = (listener.accept()[0] for listener in self._listeners)
        for one in (self._event, self._action):
            one.settimeout(PATIENCE)

    def take(self) -> None:
        """Connections of an application server, up to its BIND."""
        self.take_bare()
        for one in (self._event, self._action):
            length = one.recv(1)[0]
            Name.decode(bytes([length]) + one.recv(length, socket.MSG_WAITALL))
        address = LOOPBACK.encode()
        listening = ListeningSocket(protocol=1, name=address, address=address, port=5060)
        self._event.sendall(SocketInfo(sockets=[listening]).encode())
        (size,) = _number.unpack(self._event.recv(4, socket.MSG_WAITALL))
        Bind.decode(_number.pack(size) + self._event.recv(size - 4, socket.MSG_WAITALL))

    def run(self, calls: int, at_once: int) -> None:
        """So many calls; returns when the last BYE is answered. Raises: TimeoutError,
        RuntimeError."""
        begun = ended = 0
        while ended < calls:
            more = min(calls - begun, at_once - (begun - ended))
            out = [self._frame(INVITE, FIRST_CALL + begun + i) for i in range(more)]
            begun += more
            self._event.sendall(b"".join(out))
            ended += self._answer(self._replies())

    def _replies(self) -> bytes:
        data = self._action.recv(CHUNK)
        if not data:
            raise RuntimeError("the application server has left")
        return data

    def _answer(self, data: bytes) -> int:
        """Go on with the calls whose INVITE was answered; how many have ended."""
        data = self._rest + data
        out: list[bytes] = []
        at = ended = 0
        while len(data) - at > _LABEL_AT + 4:
            length, kind = _head(data, at)
            if len(data) - at < length:
                break
            (label,) = _number.unpack_from(data, at + _LABEL_AT)
            if label & BYE_BIT:
                ended += 1
            elif kind != REPLY_PROV:
                tag = _tag(data[at : at + length])
                out += (self._frame(ACK, label, tag), self._frame(BYE, label, tag))
            at += length
        self._rest = data[at:]
        self._event.sendall(b"".join(out))
        return ended

    def _frame(self, which: int, call: int, tag: bytes = b"") -> bytes:
        frame = self._forms[which].of_call(call)
        if which == INVITE:
            return frame
        frame = frame.replace(_PLACE_OF_TAG, tag, 1)
        if which == ACK:  # of the INVITE's transaction; the BYE has its own
            return frame
        label = TRANSACTION_AT + 4
        return frame[:label] + _number.pack(call | BYE_BIT) + frame[label + 4 :]

    def close(self) -> None:
        """Cut the server off, and listen no more."""
        for one in (*self._listeners, self._event, self._action):
            one.close()


def _tag(reply: bytes) -> bytes:
    start = reply.index(b";tag=", reply.index(b"\r\nTo:")) + 5
    tag = reply[start : reply.index(b"\r\n", start)]
    if len(tag) != len(TAG):
        raise RuntimeError(f"a To tag of {len(tag)} bytes: the frames are made for {len(TAG)}")
    return tag


def _free_pair() -> list[socket.socket]:
    """Listening sockets on two ports side by side."""
    for _ in range(TRIES):
        first = socket.create_server((LOOPBACK, 0))
        first.settimeout(PATIENCE)
        try:
            second = socket.create_server((LOOPBACK, first.getsockname()[1] + 1))
        except (OSError, OverflowError):
            first.close()
            continue
        second.settimeout(PATIENCE)
        return [first, second]
    raise RuntimeError("no two free ports side by side")
