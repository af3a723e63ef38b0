"""Messages made wrong by chance, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from torture_messages import torture_messages
from wire_caller import WireCaller

PIECES = (
    *(bytes([byte]) for byte in b'\r\n \t\0;,:<>"\\%=@[]('),
    *(b"\r\n", b"\r\n ", b"\r\n\r\n", b"\xff\xfe", b"a" * 300, b"9" * 40),
    *(b"sip:", b"SIP/2.0", b";tag=", b";branch=z9hG4bK", b"CANCEL ", b"ACK ", b"INVITE "),
    *(b"Via: ", b"\r\nTo: ", b"Content-Length: 99999999999\r\n", b"Content-Length: -1\r\n"),
    b"Record-Route: <sip:x;lr>\r\n",
)
CHANGES = (1, 1, 1, 1, 1, 2, 2, 5)
UNIQUE = "UNIQUE"  # stands in a message for what is to differ each time
METHODS = ("OPTIONS", "MESSAGE", "REGISTER", "SUBSCRIBE", "BYE", "INFO", "FOO")
LARGEST = 60000  # of a datagram


def messages_of(caller: WireCaller) -> list[bytes]:
    """Ordinary requests, and one of RFC 4475 for every two of them."""
    headers = "Record-Route: <sip:192.0.2.1;lr>\r\nContent-Type: text/plain\r\nSupported: x, y\r\n"
    ordinary = [
        caller.request(UNIQUE, "INVITE", headers=headers, body=b"hello"),
        caller.request(UNIQUE, "ACK", cseq="1 ACK", to_tag="x"),
        caller.request("the-same", "INVITE"),
        caller.request("the-same", "ACK", cseq="1 ACK"),
        caller.request("the-same", "CANCEL", cseq="1 CANCEL"),
        *(caller.request(UNIQUE, method, headers=headers) for method in METHODS),
    ]
    host, transport = "127.0.0.1", caller.transport.upper()
    torture = [one.sent_from(host, caller.port, transport) for one in torture_messages()]
    return torture + ordinary * (2 * len(torture) // len(ordinary))


def mutations(messages: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """So many, each from one of the messages."""
    chance = random.Random(seed)
    for number in range(count):
        message = chance.choice(messages)
        data = bytearray(message.replace(UNIQUE.encode(), b"n%d" % number))
        for _ in range(chance.choice(CHANGES)):
            _change(data, chance, messages)
        yield bytes(data[:LARGEST])


def _change(data: bytearray, chance: random.Random, messages: Sequence[bytes]) -> None:
    at = chance.randrange(len(data) + 1)
    until = min(len(data), at + chance.choice((1, 1, 1, 2, 2, 8, 40)))
    match chance.randrange(7):
        case 0:
            data[at:until] = b""
        case 1:
            data[at:at] = chance.choice(PIECES)
        case 2:
            data[at:until] = chance.randbytes(until - at)
        case 3:
            data[at:at] = data[at:until] * chance.randint(1, 20)
        case 4:
            other = chance.choice(messages)
            data[at:] = other[chance.randrange(len(other)) :]
        case 5:
            head, end, body = bytes(data).partition(b"\r\n\r\n")
            first, *lines = head.split(b"\r\n")
            chance.shuffle(lines)
            data[:] = b"\r\n".join([first, *lines]) + end + body
        case _:
            data[at:until] = bytes(byte ^ (1 << chance.randrange(8)) for byte in data[at:until])
