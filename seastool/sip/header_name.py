"""Header names: where one ends, and which header it stands for.

Kinds are named as the real cores name them, without ``HDR_`` (CALLID, RPID ...).
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from seastool.sip.grammar import Grammar, HeaderNames
from seastool.sip.text import BLANKS, fail

OTHER: Final = "OTHER"

_NAMES: Final = {
    "via": "VIA",
    "to": "TO",
    "from": "FROM",
    "cseq": "CSEQ",
    "call-id": "CALLID",
    "contact": "CONTACT",
    "max-forwards": "MAXFORWARDS",
    "route": "ROUTE",
    "record-route": "RECORDROUTE",
    "path": "PATH",
    "content-type": "CONTENTTYPE",
    "content-length": "CONTENTLENGTH",
    "authorization": "AUTHORIZATION",
    "expires": "EXPIRES",
    "min-expires": "MIN_EXPIRES",
    "proxy-authorization": "PROXYAUTH",
    "supported": "SUPPORTED",
    "require": "REQUIRE",
    "proxy-require": "PROXYREQUIRE",
    "unsupported": "UNSUPPORTED",
    "allow": "ALLOW",
    "event": "EVENT",
    "accept": "ACCEPT",
    "accept-language": "ACCEPTLANGUAGE",
    "accept-disposition": "ACCEPTDISPOSITION",
    "accept-contact": "ACCEPTCONTACT",
    "allow-events": "ALLOWEVENTS",
    "organization": "ORGANIZATION",
    "priority": "PRIORITY",
    "subject": "SUBJECT",
    "user-agent": "USERAGENT",
    "server": "SERVER",
    "content-disposition": "CONTENTDISPOSITION",
    "content-encoding": "CONTENTENCODING",
    "diversion": "DIVERSION",
    "remote-party-id": "RPID",
    "refer-to": "REFER_TO",
    "referred-by": "REFERREDBY",
    "reject-contact": "REJECTCONTACT",
    "request-disposition": "REQUESTDISPOSITION",
    "session-expires": "SESSION_EXPIRES",
    "min-se": "MIN_SE",
    "sip-if-match": "SIPIFMATCH",
    "subscription-state": "SUBSCRIPTION_STATE",
    "www-authenticate": "WWW_AUTHENTICATE",
    "proxy-authenticate": "PROXY_AUTHENTICATE",
    "date": "DATE",
    "identity": "IDENTITY",
    "identity-info": "IDENTITY_INFO",
    "retry-after": "RETRY_AFTER",
    "p-preferred-identity": "PPI",
    "p-asserted-identity": "PAI",
    "privacy": "PRIVACY",
    "reason": "REASON",
    "call-info": "CALL_INFO",
}
KINDS: Final[Mapping[str, str]] = _NAMES
"""Full name in lower case -> kind."""
COMPACT: Final[Mapping[str, str]] = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "n": "identity-info",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}
"""Compact form -> full name."""

# The old parsers read names four bytes at a time; where the last four hold the separator too,
# a tab is not taken for one. So it is for a few names whose end is tested by hand.
_NO_TAB_BESIDE: Final = frozenset({"proxy-authenticate", "identity", "reason"})
_BIT_SET: Final = bytes(code | 0x20 for code in range(256))
_TOKENS: Final = {
    HeaderNames.TOKENS: re.compile(rb"([0-9A-Za-z\-._+~]+)[ \t]*:"),
    HeaderNames.ALL_TOKENS: re.compile(rb"([0-9A-Za-z\-.!%*_+`'~]+)[ \t]*:"),
}
_WORD: Final = re.compile(rb"([^: \t]*)([ \t]*)")


class HeaderName(NamedTuple):
    """kind: which header; length: of the name as the proxy counts it; end: past the colon."""

    kind: str
    length: int
    end: int


@cache
def _table(compact: str) -> dict[bytes, str]:
    short = {letter.encode(): _NAMES[COMPACT[letter]] for letter in compact}
    return {name.encode(): kind for name, kind in _NAMES.items()} | short


def read_header_name(text: bytes, start: int, grammar: Grammar) -> HeaderName:
    """The name of the header that starts at `start`.

    Raises: SipError if there is no colon, or the grammar wants a token and finds none.
    """
    table = _table(grammar.compact_names)
    tokens = _TOKENS.get(grammar.header_names)
    if tokens is not None:
        token = tokens.match(text, start) or fail("not a header name", start)
        return HeaderName(table.get(token[1].lower(), OTHER), len(token[1]), token.end())
    if grammar.header_names is HeaderNames.WORDS:
        word = _WORD.match(text, start)
        if word is None or text[word.end() : word.end() + 1] != b":":
            fail("no colon behind the header name", start)
        kind = _old_kind(table, word[1], word[2], grammar)
        return HeaderName(kind, len(word[1]), word.end() + 1)
    colon = text.find(b":", start)
    if colon < 0:
        fail("no colon behind the header name", start)
    raw = text[start:colon]
    name = raw.rstrip(BLANKS)
    return HeaderName(_old_kind(table, name, raw[len(name) :], grammar), len(raw), colon + 1)


def _old_kind(table: dict[bytes, str], name: bytes, blanks: bytes, grammar: Grammar) -> str:
    key = name.translate(_BIT_SET)
    kind = table.get(key, OTHER)
    if not blanks or kind == OTHER:
        return kind
    if kind == "PATH" and grammar.path_needs_colon:
        return OTHER
    if blanks[0] == 0x20:
        return kind
    words = grammar.header_names is HeaderNames.WORDS
    if len(key) == 1:
        return kind if words else OTHER
    spelled = key.decode("ascii")
    if len(key) % 4 == 3 or (spelled in _NO_TAB_BESIDE and not words):
        return OTHER
    return kind
