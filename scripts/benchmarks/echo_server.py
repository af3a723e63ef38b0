"""What an application server is measured against: a bare asyncio Protocol, and nothing read.

It takes the transaction out of every event but an ACK and writes a canned reply with it. With
`joined` the replies to what was read at once go out with one write, else each with its own.

    python echo_server.py EVENT_PORT each|joined
"""

import asyncio
import sys

TAG = b"0123456789abcdef"
_TEXT = b"\r\n".join(
    (
        b"SIP/2.0 200 OK",
        b"Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK9c1f.00000000.0",
        b"Via: SIP/2.0/UDP 192.0.2.17:5062;received=192.0.2.17;branch=z9hG4bK-524287-1-00000000",
        b"From: <sip:+34911223344@sip.example.com;user=phone>;tag=as00000000",
        b"To: <sip:+34933445566@sip.example.com>;tag=" + TAG,
        b"Call-ID: 7b1c42f0-00000000@192.0.2.17",
        b"CSeq: 101 INVITE",
        b"Contact: <sip:as@10.0.0.9:5060>",
        b"Content-Length: 0",
        b"",
        b"",
    )
)
_REPLY_FIN = b"\x02\x01\0\0\0\0"  # type, processor id, flags
_HEAD = (4 + len(_REPLY_FIN) + 8 + len(_TEXT)).to_bytes(4, "big") + _REPLY_FIN
FLAGS_END, IS_ACK = 9, 4
TRANSACTION, TRANSACTION_END = 25, 33  # of an event between IPv4 addresses


class Echo(asyncio.Protocol):
    """The event socket. action: where replies go."""

    def __init__(
        self, action: asyncio.WriteTransport, joined: bool, gone: asyncio.Future[None]
    ) -> None:
        self._action = action
        self._joined = joined
        self._gone = gone
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        at, end = 0, len(data)
        replies = []
        while at + 4 <= end:
            length = int.from_bytes(data[at : at + 4], "big")
            if end - at < length:
                break
            if not data[at + FLAGS_END] & IS_ACK:
                reply = _HEAD + data[at + TRANSACTION : at + TRANSACTION_END] + _TEXT
                if self._joined:
                    replies.append(reply)
                else:
                    self._action.write(reply)
            at += length
        self._rest = data[at:]
        if replies:
            self._action.write(b"".join(replies))

    def connection_lost(self, error: Exception | None) -> None:
        self._gone.set_result(None)


async def serve(port: int, joined: bool) -> None:
    """Connect both sockets and answer until the other side closes."""
    loop = asyncio.get_running_loop()
    gone = loop.create_future()
    action, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", port + 1)
    await loop.create_connection(lambda: Echo(action, joined, gone), "127.0.0.1", port)
    await gone


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2] == "joined"))
