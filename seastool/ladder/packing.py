"""Calls of a page, packed: what is not looked at costs a browser next to nothing.

Shape: a template whose text is lines of zlib data in base64: first the picture, then the messages,
PIECE to a line. `packed.js` unpacks a line when it is asked for.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from itertools import islice
from typing import Final
from zlib import compress

PIECE: Final = 64


def packed(id: str, picture: str, messages: Iterator[str]) -> Iterator[str]:
    """A call in pieces of text. messages: the HTML of each."""
    yield f'<template id="{id}" data-piece="{PIECE}">{_line(picture)}'
    while piece := "".join(islice(messages, PIECE)):
        yield f"\n{_line(piece)}"
    yield "</template>\n"


def _line(text: str) -> str:
    return b64encode(compress(text.encode("utf-8"))).decode("ascii")
