"""Frames in which every field of every structure is there, made from the declarations."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from typing import Any

from seastool.seas.dialect import Dialect
from seastool.seas.frames import CANCEL_FOUND, TReqIn
from seastool.seas.header import BODIES, HeaderPrefix
from seastool.seas.message import INDEX_ENTRY_SIZE, IndexEntry, MessageInfo
from seastool.seas.uri import Uri
from seastool.wire import Bit, Span, Structure
from seastool.wire.fields import Bytes, ListOf, Nested, Number, Numbers, Pointers, SpanField

_MOST = {"B": 255, "H": 65535, "I": 2**32 - 1, "i": -1}
METHOD_CODE = 4
TEXT = b"BYE sip:bob@example.com SIP/2.0\r\n" + bytes(range(256)) + "Subject: é\r\n\r\n".encode()


def full_record(kind: type[Structure], chance: random.Random, *, negated: bool) -> Structure:
    """A record with every bit set, those that others ask to be clear only if `negated`."""
    values: dict[str, Any] = {}
    for f in kind.fields:
        if f.when is None or f.when.holds(values[f.when.field]):
            values[f.name] = _value(f, kind, chance, negated=negated)
        else:
            values[f.name] = None
    return kind(**values)


def _value(f: Any, kind: type[Structure], chance: random.Random, *, negated: bool) -> Any:
    match f:
        case Number() if f.bits:
            clear = sum(
                other.when.mask
                for other in kind.fields
                if isinstance(other.when, Bit) and other.when.field == f.name and other.when.negated
            )
            return _MOST[f.format] & ~(0 if negated else clear)
        case Number():
            return chance.choice((1, chance.randint(0, _MOST[f.format])))
        case SpanField():
            return Span(chance.randrange(200), chance.randrange(50))
        case Nested():
            return full_record(f.struct, chance, negated=negated)
        case ListOf():
            return [full_record(f.struct, chance, negated=negated) for _ in range(2)]
        case Numbers():
            return [chance.randint(0, _MOST[f.format]) for _ in range(3)]
        case Pointers():
            return bytes(sorted(chance.randrange(256) for _ in range(chance.choice((5, 6, 7)))))
        case Bytes():
            return chance.randbytes(3)
    return 0


def full_message(dialect: Dialect, chance: random.Random, *, negated: bool) -> bytes:
    """An encoded message with a header of each type that has a body."""
    structures = []
    for body in BODIES.values():
        prefix = HeaderPrefix(header=Span(chance.randrange(200), 60), name_length=7)
        structures.append(prefix.encode() + full_record(body, chance, negated=negated).encode())
    info = full_record(MessageInfo, random.Random(1), negated=negated)
    assert isinstance(info, MessageInfo)
    info.code, info.header_count, info.body_start = METHOD_CODE, len(structures), len(TEXT) - 9
    uri = full_record(Uri, chance, negated=negated)
    assert isinstance(uri, Uri)
    info.request_uri = uri
    start = len(_encoded(info, 0)) + INDEX_ENTRY_SIZE * (len(structures) + 1)
    index = b""
    for name, data in zip(BODIES, structures, strict=True):
        index += IndexEntry(type=dialect.header_types[name], start=start).encode()
        start += len(data)
    index += IndexEntry(type=0, start=start).encode()
    return _encoded(info, start) + index + b"".join(structures) + TEXT


def _encoded(info: MessageInfo, text_start: int) -> bytes:
    info.text = Span(text_start, len(TEXT))
    return info.encode()


def full_frames(dialect: Dialect, seed: int) -> Iterator[bytes]:
    """Events with such messages, and one whose first header does not decode."""
    chance = random.Random(seed)
    for i in range(12):
        payload = full_message(dialect, chance, negated=i % 4 == 3)
        if i == 11:
            payload = _with_short_body(payload) + b"unclaimed"
        yield TReqIn(
            flags=0xFFFFFFFF & ~CANCEL_FOUND if i % 2 else 0xFFFFFFFF,
            processor_id=1,
            protocol=i,
            source_address=chance.randbytes((4, 16, 3)[i % 3]),
            destination_address=chance.randbytes((16, 4, 0)[i % 3]),
            source_port=5060,
            destination_port=5061,
            hash_index=i,
            label=i,
            cancelled_hash_index=None if i % 2 else 7,
            cancelled_label=None if i % 2 else 8,
            payload=payload,
        ).encode()


def _with_short_body(payload: bytes) -> bytes:
    """The payload with the second header's structure begun a byte early."""
    at = MessageInfo.trace(payload, 0, 16 + payload[14]).end + INDEX_ENTRY_SIZE
    start = struct.unpack_from(">H", payload, at + 1)[0]
    return payload[: at + 1] + struct.pack(">H", start - 1) + payload[at + 3 :]
