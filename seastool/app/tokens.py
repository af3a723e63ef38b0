"""What may stand in SIP text that an application gives: checked before it is written.

A line end in a header would begin another header, so it is refused wherever text goes in.
"""

import re
from functools import lru_cache
from typing import Final

from seastool.errors import EncodeError

_TOKEN: Final = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"\x00-\x1f\x7f]+")
_BREAKS: Final = re.compile(r"[\r\n\0]")
_SHOWN: Final = 60
LOWEST_STATUS: Final = 100
HIGHEST_STATUS: Final = 699


@lru_cache(maxsize=512)
def checked_method(method: str) -> str:
    """The method, if it is a token. Raises: EncodeError."""
    if not _TOKEN.fullmatch(method):
        raise EncodeError(f"{_shown(method)} is not a method", path="method", value=method)
    return method


@lru_cache(maxsize=2048)
def checked_name(name: str) -> str:
    """A header name, if it is a token. Raises: EncodeError."""
    if not _TOKEN.fullmatch(name):
        raise EncodeError(f"{_shown(name)} is not a header name", path="headers", value=name)
    return name


def checked_token(path: str, text: str) -> str:
    """A token, such as a tag. Raises: EncodeError."""
    if not _TOKEN.fullmatch(text):
        raise EncodeError(f"{_shown(text)} is not a token", path=path, value=text)
    return text


def checked_value(name: str, value: str) -> str:
    """A header value without line ends. Raises: EncodeError."""
    if _BREAKS.search(value):
        found = _shown(value)
        raise EncodeError(f"{found} holds a line end or NUL", path=f"header {name}", value=value)
    return value


def checked_uri(uri: str) -> str:
    """A URI of any scheme, bare. Raises: EncodeError."""
    if not _URI.fullmatch(uri):
        raise EncodeError(
            f"{_shown(uri)} is not a URI such as sip:bob@example.com", path="uri", value=uri
        )
    return uri


def checked_address(name: str, value: str) -> str:
    """The value of From or To: a URI, which gets its angle brackets, or name and URI.

    Raises: EncodeError.
    """
    checked_value(name, value)
    if "<" not in value:
        return f"<{checked_uri(value.strip())}>"
    inner = value.rpartition("<")[2].partition(">")[0]
    checked_uri(inner)
    return value


def checked_status(status: int) -> int:
    """A status code of SIP. Raises: EncodeError."""
    if not LOWEST_STATUS <= status <= HIGHEST_STATUS:
        raise EncodeError(f"{status} is not a status from 100 to 699", path="status", value=status)
    return status


def checked_reason(reason: str) -> str:
    """A reason phrase on one line. Raises: EncodeError."""
    if _BREAKS.search(reason):
        found = _shown(reason)
        raise EncodeError(f"{found} holds a line end or NUL", path="reason", value=reason)
    return reason


def octets(text: str, path: str = "headers") -> bytes:
    """The text as UTF-8; bytes that were read as escapes come out as they were.

    Raises: EncodeError.
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise EncodeError("text has a character that UTF-8 cannot say", path=path) from None


def _shown(text: str) -> str:
    return ascii(text[:_SHOWN]) + ("..." if len(text) > _SHOWN else "")
