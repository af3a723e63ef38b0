"""Parts of a SIP text, found by search when asked for: header values, tags, URIs.

Lenient, as a test tool has to read what it gets: what the parsers beside this module refuse is
read as far as it goes. Texts are decoded so that any bytes come out again when they are encoded
the same way.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from seastool.sip.address_value import tag_of, uri_of
from seastool.sip.header_name import COMPACT

_LETTERS: Final = {name: letter for letter, name in COMPACT.items()}
_FOLD: Final = re.compile(r"\r?\n[ \t]+")
_BRANCH: Final = re.compile(r";[ \t]*branch[ \t]*=[ \t]*([^;,\s]*)", re.IGNORECASE)
_FIRST_CALL_ID: Final = re.compile(rb"^(?:call-id|i)[ \t]*:[ \t]*\S+", re.I | re.M)
_FIRST_BRANCH: Final = re.compile(rb";[ \t]*branch[ \t]*=[ \t]*[^;, \t\r\n]+", re.I)
_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_START: Final = re.compile(
    rb"SIP/2\.0 ([1-6][0-9][0-9]) ?([^\r\n]*)|(\S+) (\S+) SIP/[0-9.]+[ \t]*\r?\n"
)


def text_of(data: bytes) -> str:
    """Bytes as text; what is not UTF-8 survives the way back."""
    return data.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """The way back."""
    return text.encode("utf-8", "surrogateescape")


@cache
def header_pattern(name: str) -> re.Pattern[bytes]:
    """Finds a header by its name or compact form; group 1 is the value with its folds."""
    compact = _LETTERS.get(name.lower())
    names = re.escape(name) + (f"|{compact}" if compact else "")
    pattern = rf"^(?:{names})[ \t]*:[ \t]*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)"
    return re.compile(pattern.encode(), re.IGNORECASE | re.MULTILINE)


def head_of(text: bytes) -> bytes:
    """The message up to the empty line, the last line's end included."""
    end = text.find(b"\r\n\r\n")
    return text if end < 0 else text[: end + 2]


def header(text: bytes, name: str) -> str | None:
    """The value of the first header of that name, unfolded; None if there is none."""
    found = header_pattern(name).search(head_of(text))
    if found is None:
        return None
    return _FOLD.sub(" ", text_of(found[1])).strip()


def headers(text: bytes, name: str) -> list[str]:
    """The values of all headers of that name, unfolded."""
    found = header_pattern(name).finditer(head_of(text))
    return [_FOLD.sub(" ", text_of(one[1])).strip() for one in found]


def status(text: bytes) -> int | None:
    """The status of a response; None for a request."""
    if not text.startswith(b"SIP/2.0 ") or not text[8:11].isdigit():
        return None
    return int(text[8:11])


def start_line(text: bytes) -> tuple[str, str]:
    """Method and URI of a request, status and reason of a response; empty for neither."""
    found = _START.match(text)
    if found is None:
        return "", ""
    pair = (found[1], found[2]) if found[1] else (found[3], found[4])
    return text_of(pair[0]), text_of(pair[1])


def call_id(text: bytes) -> str | None:
    """The Call-ID."""
    at = text.find(b"\r\nCall-ID: ")
    if 0 <= at < text.find(b"\r\n\r\n"):
        return text_of(text[at + 11 : text.find(b"\r\n", at + 11)]).strip()
    return header(text, "Call-ID")


def tag(text: bytes, name: str) -> str | None:
    """The tag of From or To."""
    value = header(text, name)
    return (tag_of(value) or None) if value else None


def branch(text: bytes) -> str | None:
    """The branch of the top Via."""
    value = header(text, "Via")
    found = _BRANCH.search(value.partition(",")[0]) if value else None
    return found[1] if found else None


def cseq(text: bytes) -> tuple[int | None, str]:
    """Number and method of CSeq."""
    value = header(text, "CSeq") or ""
    found = _NUMBER.match(value)
    return (int(found[0]), value[found.end() :].strip()) if found else (None, "")


def contact_uri(text: bytes) -> str | None:
    """The first URI of Contact."""
    value = header(text, "Contact")
    return uri_of(value) if value else None


def body(text: bytes) -> bytes:
    """What follows the empty line."""
    return text.partition(b"\r\n\r\n")[2]


def with_first_via_of(text: bytes, other: bytes) -> bytes:
    """The text with the first Via header of another one in place of its own."""
    pattern = header_pattern("Via")
    via = pattern.search(other)
    return text if via is None else pattern.sub(lambda _: via[0], text, count=1)


def renewed(text: bytes, mark: bytes) -> bytes:
    """A request with a mark behind its Call-ID and its first branch: it is no retransmission."""
    text = _FIRST_CALL_ID.sub(lambda found: found[0] + mark, text, count=1)
    return _FIRST_BRANCH.sub(lambda found: found[0] + mark, text, count=1)
