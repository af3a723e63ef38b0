"""SIP messages from files: put right, unless they are to go as they are."""

from __future__ import annotations

import os
import re
from typing import Final

from seastool.cli.exits import NotSeas
from seastool.cli.message_file import name_of, read_message_file

_REQUEST: Final = re.compile(rb"[A-Za-z0-9.!%*_+`'~-]+ \S+ SIP/2\.0\Z")
_RESPONSE: Final = re.compile(rb"SIP/2\.0 [1-6][0-9][0-9](?: .*)?\Z")
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_HEAD_END: Final = re.compile(rb"(?:\r\n|\n){2}|\n\r\n")
_LENGTH: Final = re.compile(rb"^(content-length|l)([ \t]*:)[^\r\n]*", re.IGNORECASE | re.MULTILINE)


def read_message(path: str, *, raw: bool, response: bool | None) -> bytes:
    """A SIP message of a file.

    raw: as it is, whatever it is. response: whether it must be one, or a request; None for
    either. Raises: NotSeas.
    """
    data, name = read_message_file(path), name_of(path)
    if not data.strip():
        raise NotSeas(f"{name}: empty, where a SIP message was expected")
    if raw:
        return data
    first = _LINE_END.split(data.lstrip(b"\r\n"), maxsplit=1)[0]
    is_request, is_response = _REQUEST.match(first), _RESPONSE.match(first)
    if not is_request and not is_response:
        raise NotSeas(
            f"{name}: not a SIP message: it begins with {first[:40].decode('latin-1')!a}; "
            "--raw sends it nevertheless"
        )
    if response is not None and bool(is_response) is not response:
        kinds = ("a response", "a request") if is_response else ("a request", "a response")
        raise NotSeas(f"{name}: {kinds[0]}, where {kinds[1]} was expected")
    return put_right(data)


def put_right(data: bytes) -> bytes:
    """The message as it has to be on the wire: CRLF at the end of each line of its head, in its
    body too if it has none at all; an empty line behind the head; the right Content-Length."""
    data = data.lstrip(b"\r\n")
    edited = b"\r\n" not in data
    end = _HEAD_END.search(data)
    head, body = (data[: end.start()], data[end.end() :]) if end else (data, b"")
    head = _LINE_END.sub(b"\r\n", head.rstrip(b"\r\n")) + b"\r\n"
    if edited:
        body = body.replace(b"\n", b"\r\n")
    length = b"%d" % len(body)
    head, found = _LENGTH.subn(lambda match: b"%b%b %b" % (match[1], match[2], length), head)
    if not found:
        head += b"Content-Length: " + length + b"\r\n"
    return head + b"\r\n" + body


def is_file(text: str) -> bool:
    """Whether --body names a file, - for standard input."""
    return text == "-" or os.path.isfile(text)
