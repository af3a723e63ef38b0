"""An encoded message as JSON, straight from its bytes, if it is laid out as servers do it.

A header whose structure and text were seen before is not taken apart again: apart from where the
header starts, its JSON depends on these two alone.
"""

from __future__ import annotations

import struct as packing
from functools import lru_cache
from typing import Any

from seastool.render.jsonl.codes import Codes
from seastool.render.jsonl.compiler import FAILURES, Writer, compile_writer
from seastool.render.jsonl.escape import quote, quote_bytes
from seastool.seas.header import body_types
from seastool.seas.message import MessageInfo
from seastool.wire import Structure

MAX_CACHED = 4096  # headers
MAX_CACHED_SIZE = 8 << 20  # characters of their JSON in all
MAX_CACHED_TEXT = 512  # bytes of one
PREFIX, BARE = 5, 4

_info_start = packing.Struct(">xxHH").unpack_from
_prefix = packing.Struct(">HHB").unpack_from
_bare = packing.Struct(">HH").unpack_from


class Unusual(IndexError):
    """The message is laid out in a way that only the tree can tell."""


@lru_cache(maxsize=256)
def _entries(count: int) -> packing.Struct:
    return packing.Struct(">" + "BH" * (count + 1))


_write_info = compile_writer(MessageInfo)
_writers: dict[type[Structure], Writer] = {}


def write_message(b: bytes, p: int, e: int, codes: Codes) -> str:
    """The message in b[p:e]. Raises: one of FAILURES, Unusual among them."""
    text_start, text_length = _info_start(b, p)
    begin = p + text_start
    if begin + text_length != e or not text_length or codes.dialect.header_prefix != PREFIX:
        raise Unusual
    raw = b[begin:e]
    t: Any = raw
    x: Any = quote_bytes
    if raw.isascii():
        t, x = raw.decode("ascii"), quote
    info, at, _ = _write_info(b, p, begin, t, x, 0, codes)
    count = b[at - 1]
    index = _entries(count)
    entries = index.unpack_from(b, at)
    if at + index.size != p + entries[1] or entries[-1] != text_start:
        raise Unusual
    types = codes.tables["header"]
    out = []
    cache = codes.body_cache
    for i in range(0, 2 * count, 2):
        kind, start, end = entries[i], p + entries[i + 1], p + entries[i + 3]
        if end - start > PREFIX:
            header_start, length, _ = _prefix(b, start)
            whole = t[header_start : header_start + length]
            key = (kind, b[start + 2 : end], whole)
            tail = cache.get(key)
            if tail is None:
                tail = _with_body(b, start, end, t, x, kind, codes, whole)
        elif end - start == PREFIX:
            header_start, length, name_length = _prefix(b, start)
            whole = t[header_start : header_start + length]
            tail = (
                f'"length":{length},"text":{x(whole)}}},"name_length":{{"length":{name_length},'
                f'"text":{x(t[header_start : header_start + name_length])}}}}}'
            )
        elif end - start == BARE:
            header_start, length = _bare(b, start)
            tail = f'"length":{length},"text":{x(t[header_start : header_start + length])}}}}}'
        else:
            raise Unusual
        out.append(
            f'{{"type":{types[kind]},"start":{entries[i + 1]},'
            f'"header":{{"start":{header_start},{tail}'
        )
    return (
        f'{{"info":{info},"index_end":{{"type":{types[entries[-2]]},"start":{text_start}}},'
        f'"headers":[{",".join(out)}],"text":{x(t)}}}'
    )


def _with_body(
    b: bytes, start: int, end: int, t: Any, x: Any, kind: int, codes: Codes, whole: Any
) -> str:
    """What follows the header's start in the JSON of a header that has a body."""
    struct = body_types(codes.dialect).get(kind)
    if struct is None:
        raise Unusual
    header_start, length, name_length = _prefix(b, start)
    write = _writers.get(struct)
    if write is None:
        write = _writers[struct] = compile_writer(struct)
    body, at, reach = write(b, start + PREFIX, end, t, x, header_start, codes)
    if at != end:
        raise Unusual
    stop = header_start + name_length
    tail = (
        f'"length":{length},"text":{x(whole)}}},"name_length":{{"length":{name_length},'
        f'"text":{x(t[header_start:stop])}}},"body":{body}}}'
    )
    if max(reach, stop) <= header_start + length and length <= MAX_CACHED_TEXT:
        codes.body_cache_size += len(tail)
        if len(codes.body_cache) >= MAX_CACHED or codes.body_cache_size > MAX_CACHED_SIZE:
            codes.body_cache.clear()
            codes.body_cache_size = len(tail)
        codes.body_cache[kind, b[start + 2 : end], whole] = tail
    return tail


__all__ = ["FAILURES", "Unusual", "write_message"]
