"""What ``seastool send`` makes of its options: headers, bodies, texts with placeholders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from seastool.app.headers import Headers
from seastool.app.new_headers import new_headers
from seastool.app.reply_text import header_lines
from seastool.app.tokens import checked_reason, checked_token, octets
from seastool.cli.exits import UsageFault
from seastool.cli.message_file import read_message_file
from seastool.cli.output import say
from seastool.cli.sending.whole_message import is_file
from seastool.errors import EncodeError
from seastool.sip.reasons import reason_of

_NOBODY: Final = "seastool.invalid"  # RFC 2606
_TRYING: Final = 100
_LIKE_A_NAME: Final = re.compile(r"\S*(?:/|\.[A-Za-z]{1,5}\Z)\S*")


def a_transaction(text: str) -> tuple[int, int]:
    """Hash index and label. Raises: UsageFault."""
    hash_index, colon, label = text.partition(":")
    digits = hash_index + label
    if colon and hash_index and label and digits.isascii() and digits.isdigit():
        found = int(hash_index), int(label)
        if max(found) < 1 << 32:
            return found
    raise UsageFault(f"{text}: it is HASH:LABEL, such as 42133:1282632720")


def some_headers(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Names and values of --header. Raises: UsageFault."""
    found = []
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon:
            raise UsageFault(f"--header {text}: it is 'NAME: VALUE', such as 'Subject: test'")
        found.append((name.strip(), value.strip()))
    try:
        new_headers(found, b"", None)
    except EncodeError as error:
        raise UsageFault(f"--header: {error}") from None
    return found


def a_body(text: str | None) -> bytes:
    """The body of --body: a file's content if there is one of that name, - for standard input,
    else the text itself. Raises: NotSeas."""
    if text is None:
        return b""
    if is_file(text):
        return read_message_file(text)
    if text and _LIKE_A_NAME.fullmatch(text):
        say(f"warning: --body {text}: no such file, so it is sent as text")
    return text.encode("utf-8", "surrogateescape")


def reply_text(
    status: int,
    reason: str | None,
    *,
    to_tag: str,
    new_tag: str,
    headers: Sequence[tuple[str, str]],
    body: bytes,
    content_type: str | None,
) -> bytes:
    """A response. Raises: UsageFault.

    Via, From, Call-ID and CSeq, and To but for its tag, only stand there: the proxy has its own.
    """
    try:
        phrase = reason_of(status) if reason is None else checked_reason(reason)
        tag = checked_token("--to-tag", to_tag) if to_tag else new_tag
        more = header_lines(new_headers(headers, body, content_type))
        start = octets(f"SIP/2.0 {status} {phrase}\r\n", "reason")
    except EncodeError as error:
        raise UsageFault(str(error)) from None
    return start + _rest("OPTIONS", tag if to_tag or status > _TRYING else "", more, body)


def cancel_text(branch: str) -> bytes:
    """A CANCEL. The proxy makes its own, of the INVITE; this must only parse."""
    return f"CANCEL sip:{_NOBODY} SIP/2.0\r\n".encode() + _rest("CANCEL", "", b"", b"", branch)


def _rest(method: str, to_tag: str, more: bytes, body: bytes, branch: str = "1") -> bytes:
    headers = Headers(
        [
            ("Via", f"SIP/2.0/UDP {_NOBODY};branch=z9hG4bK{branch}"),
            ("From", f"<sip:placeholder@{_NOBODY}>;tag=placeholder"),
            ("To", f"<sip:placeholder@{_NOBODY}>" + (f";tag={to_tag}" if to_tag else "")),
            ("Call-ID", "placeholder"),
            ("CSeq", f"2 {method}"),
        ]
    )
    return header_lines(headers) + more + b"Content-Length: %d\r\n\r\n" % len(body) + body
