"""What differs between the proxies that speak SEAS, as one record a dialect.

A dialect holds numbers (header types, methods, transports, mime types), sizes, the
behaviour of that proxy's SIP parser (`grammar`) and its named faults (`quirks`). The
tables themselves are in `dialects`; nothing here knows a version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

from seastool.seas.types import Layout
from seastool.sip.grammar import Grammar


class Quirk(StrEnum):
    """A fault or habit of a real proxy that shows on the wire; the value says what it does."""

    SHORT_PREFIX = "header prefix of 4 bytes: the header's length takes one byte, not two"
    LONG_HEADER_REFUSED = "a message with a header over 255 bytes is refused"
    LONG_HEADER_PREFIX_ONLY = "a header over 256 bytes has a structure of only 4 bytes"
    DISPLAY_NAME_KEEPS_QUOTES = "the span of a quoted display name includes its quotes"
    REWRITTEN_REQUEST_URI = "the request URI structure is that of the rewritten URI"
    USER_PHONE_IS_TEL = "a sip URI with user=phone has the flags of a tel URI"
    CONTENT_LENGTH_ZERO_REFUSED = (
        "a message with 'Content-Length: 0' and CRLF gets 500 (cure: in the routing script, "
        'remove_hf("Content-Length"); msg_apply_changes(); before as_relay_t())'
    )
    CONTENT_LENGTH_REQUIRED = "a message without Content-Length gets 500"
    CONTENT_TYPE_OF_FIRST = "every Content-Type has the value of the first; else later ones are 0"
    CONTENT_TYPE_GARBAGE = "the value of Content-Type is half a pointer"
    INVITE_CODE_ZERO = "the message code of INVITE is 0"
    CODE_MAY_BE_ZERO = "built without optimisation, the message code of any method may be 0"
    EVENT_SIZE_CHECKED = "a message whose event does not fit the buffer gets 500"
    FINAL_REPLIES_LOST = "final responses to a UAC_REQ are never reported"
    SOCKETS_LABELLED_UDP = "socket info calls every listener UDP"
    FAILURE_LENGTH_SWAPPED = "an action failure is written with its length byte-swapped"
    QUOTED_POINTERS_TAKE_QUOTES = "pointers to a quoted parameter value take its quotes in"
    OTHER_SCHEME_KILLS = "credentials of a scheme other than Digest kill the server"
    TWO_ACCEPTS_KILL = "a message with two Accept headers kills the server"


REFUSALS: Final = frozenset(
    {
        Quirk.CONTENT_LENGTH_ZERO_REFUSED,
        Quirk.CONTENT_LENGTH_REQUIRED,
        Quirk.EVENT_SIZE_CHECKED,
        Quirk.OTHER_SCHEME_KILLS,
        Quirk.TWO_ACCEPTS_KILL,
    }
)
"""Quirks for which a server sends nothing of a message that it could encode."""


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """How one version of one proxy speaks SEAS.

    name: family and version, such as ``kamailio-5.6.3``; id: the group D0..D9.
    header_types, methods, transports, mime_types, mime_subtypes: name -> number on the
    wire; header names are the module's own without ``HDR_``, OTHER is everything unknown.
    header_prefix: bytes before a header structure's body.
    max_event: size in bytes of the proxy's buffer for one event.
    max_name: longest name of an application server, in bytes.
    long_size: sizeof(long) of the proxy's machine, which Content-Length travels in.
    carries_all: no real server's: a second Accept is encoded as the first, credentials of another
    scheme than Digest as a header without structure, where the real ones end.
    Shown in docs/protocol.md: Dialects.
    """

    name: str
    id: str
    layout: Layout
    header_types: Mapping[str, int]
    methods: Mapping[str, int]
    transports: Mapping[str, int]
    mime_types: Mapping[str, int]
    mime_subtypes: Mapping[str, int]
    header_prefix: int = 5
    max_event: int = 3200
    max_name: int = 15
    long_size: int = 8
    grammar: Grammar = field(default_factory=Grammar)
    quirks: frozenset[Quirk] = frozenset()
    carries_all: bool = False
    _header_names: Mapping[int, str] = field(init=False, repr=False)
    _method_names: Mapping[int, str] = field(init=False, repr=False)
    _transport_names: Mapping[int, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_header_names", _reverse(self.header_types))
        object.__setattr__(self, "_method_names", _reverse(self.methods))
        object.__setattr__(self, "_transport_names", _reverse(self.transports))

    def header_name(self, code: int) -> str | None:
        """The header that `code` stands for in the index; None if this dialect has none."""
        return self._header_names.get(code)

    def method_name(self, code: int) -> str | None:
        """The method that `code` stands for; None for 0 and for unknown codes."""
        return self._method_names.get(code)

    def method_mask(self, mask: int) -> tuple[str, ...]:
        """The methods whose bits are set in the mask of an Allow structure, lowest first."""
        names = self._method_names
        return tuple(names.get(bit + 1, f"bit {bit}") for bit in range(32) if mask >> bit & 1)

    def transport_name(self, code: int) -> str | None:
        """The transport that `code` stands for in receive information and socket info."""
        return self._transport_names.get(code)

    def mime_name(self, mime: int) -> str:
        """``type/subtype`` of a 32-bit mime number; the number itself for a part unknown."""
        return (
            f"{_name_of(self.mime_types, mime >> 16)}/{_name_of(self.mime_subtypes, mime & 0xFFFF)}"
        )

    def has(self, quirk: Quirk) -> bool:
        """Whether this proxy has that fault."""
        return quirk in self.quirks


@lru_cache(maxsize=128)
def without_refusals(dialect: Dialect) -> Dialect:
    """The dialect of the same server with the faults mended for which it refuses messages: what
    it would send of them, and what servers send that have a cure."""
    return replace(dialect, quirks=dialect.quirks - REFUSALS, carries_all=True)


def _reverse(table: Mapping[str, int]) -> dict[int, str]:
    return {code: name for name, code in table.items()}


def _name_of(table: Mapping[str, int], code: int) -> str:
    return next((name for name, value in table.items() if value == code), f"{code:#x}")
