"""Ways to spoil bytes. Each takes the data and gives other data; `mutate` strings some together."""

import struct
from collections.abc import Callable
from random import Random

ODD_BYTES = (0, 1, 2, 4, 9, 10, 13, 16, 32, 34, 58, 59, 60, 62, 63, 64, 127, 128, 254, 255)
ODD_WORDS = (0, 1, 3, 4, 9, 10, 13, 14, 255, 256, 4000, 4001, 0x7FFF, 0x8000, 0xFFFF)
ODD_LONGS = (0, 1, 4, 9, 10, 14, 4000, 65535, 1 << 18, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
SIP_PIECES = (
    *(b"\r\n", b"\n", b"\r", b"\r\n ", b"\r\n\t", b'"', b"\\", b"<", b">", b";", b",", b":", b"@"),
    *(b"\0", b"\xff", b"\xc3\xa9", b"sip:", b"tel:", b"sips:", b";lr", b";tag=", b";branch=", b"="),
    *(b"Content-Length: 0\r\n", b"Via: ", b"v:", b"Contact: *\r\n", b"Accept: a/b\r\n", b"/", b"?"),
    *(b"SIP/2.0", b"(", b")", b"[", b"]", b"%00", b"\x1b[31m", b"[/red]", b" " * 40, b"x" * 300),
)

Mutation = Callable[[Random, bytearray], None]


def _place(chance: Random, data: bytearray, size: int = 1) -> int:
    """Anywhere that leaves room, more often near the start, where the structure is."""
    room = max(1, len(data) - size + 1)
    return chance.randrange(min(room, 300)) if chance.random() < 0.6 else chance.randrange(room)


def flip_bit(chance: Random, data: bytearray) -> None:
    data[_place(chance, data)] ^= 1 << chance.randrange(8)


def set_byte(chance: Random, data: bytearray) -> None:
    data[_place(chance, data)] = chance.choice(ODD_BYTES)


def nudge_byte(chance: Random, data: bytearray) -> None:
    at = _place(chance, data)
    data[at] = (data[at] + chance.choice((-2, -1, 1, 2))) & 0xFF


def set_word(chance: Random, data: bytearray) -> None:
    at = _place(chance, data, 2)
    data[at : at + 2] = chance.choice(ODD_WORDS).to_bytes(2, "big")


def set_long(chance: Random, data: bytearray) -> None:
    at = _place(chance, data, 4)
    order = chance.choice(("big", "little"))
    data[at : at + 4] = chance.choice(ODD_LONGS).to_bytes(4, order)  # type: ignore[arg-type]


def truncate(chance: Random, data: bytearray) -> None:
    del data[_place(chance, data) :]


def delete(chance: Random, data: bytearray) -> None:
    at = _place(chance, data)
    del data[at : at + chance.choice((1, 1, 2, 4, 16, 100))]


def insert(chance: Random, data: bytearray) -> None:
    at = _place(chance, data)
    data[at:at] = chance.randbytes(chance.choice((1, 1, 2, 4, 16, 100)))


def insert_sip(chance: Random, data: bytearray) -> None:
    at = chance.randrange(len(data) + 1)
    data[at:at] = chance.choice(SIP_PIECES)


def double(chance: Random, data: bytearray) -> None:
    at = _place(chance, data)
    size = chance.choice((1, 2, 8, 40, 400))
    data[at:at] = data[at : at + size]


def swap(chance: Random, data: bytearray) -> None:
    first, second = sorted((chance.randrange(len(data)), chance.randrange(len(data))))
    size = min(chance.choice((1, 4, 30)), second - first)
    data[first : first + size], data[second : second + size] = (
        data[second : second + size],
        data[first : first + size],
    )


ANY: tuple[Mutation, ...] = (
    *(flip_bit, set_byte, set_byte, nudge_byte, nudge_byte, set_word, set_long),
    *(truncate, delete, insert, insert_sip, double, swap),
)
TEXTUAL: tuple[Mutation, ...] = (flip_bit, set_byte, delete, double, swap, *[insert_sip] * 5)


def mutate(chance: Random, data: bytes, ways: tuple[Mutation, ...] = ANY) -> bytes:
    """One to six changes."""
    spoiled = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        if not spoiled:
            break
        chance.choice(ways)(chance, spoiled)
    return bytes(spoiled)


def splice(chance: Random, first: bytes, second: bytes) -> bytes:
    """The start of one and the end of another."""
    at = chance.randrange(len(first) + 1)
    return first[:at] + second[chance.choice((at, chance.randrange(len(second) + 1))) :]


def mend_length(data: bytes) -> bytes:
    """The frame with a length field that fits again, so that what is behind it is looked at."""
    return struct.pack(">I", len(data)) + data[4:] if len(data) >= 4 else data


def attack_index(chance: Random, frame: bytes, payload_at: int) -> bytes:
    """Change an entry of the headers index: its type, or where its structure starts."""
    data = bytearray(frame)
    at = payload_at + 14
    if at >= len(data):
        return frame
    if data[payload_at : payload_at + 1] == b"\0" and data[payload_at + 1] < 100:
        at += 1 + data[at]
    if at + 4 > len(data):
        return frame
    entry = at + 1 + 3 * chance.randrange(data[at] + 1)
    if chance.random() < 0.1:
        data[at] = chance.choice(ODD_BYTES)
    elif entry + 3 <= len(data):
        if chance.random() < 0.5:
            data[entry] = chance.randrange(64)
        else:
            start = struct.unpack_from(">H", data, entry + 1)[0] + chance.choice((-9, -1, 1, 4, 40))
            struct.pack_into(">H", data, entry + 1, chance.choice((start & 0xFFFF, 0, 65535)))
    return bytes(data)


def reorder(chance: Random, packets: list[bytes]) -> list[bytes]:
    """Packets lost, doubled, moved and spoiled."""
    found = list(packets)
    for _ in range(chance.choice((1, 2, 5, 20))):
        if not found:
            break
        at = chance.randrange(len(found))
        match chance.randrange(5):
            case 0:
                del found[at]
            case 1:
                found.insert(at, found[chance.randrange(len(found))])
            case 2:
                found.insert(chance.randrange(len(found)), found.pop(at))
            case 3:
                found[at] = found[at][: chance.randrange(len(found[at]) + 1)]
            case _:
                found[at] = _spoil_head(chance, found[at])
    return found


def _spoil_head(chance: Random, packet: bytes) -> bytes:
    """A byte of the link, IP or TCP header, or of the first of the data."""
    data = bytearray(packet)
    if data:
        data[chance.randrange(min(len(data), 74))] = chance.choice(
            (*ODD_BYTES, chance.randrange(256))
        )
    return bytes(data)
