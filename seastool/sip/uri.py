"""URIs: sip, sips, tel, tels; urn where the parser knows it.

A colon, a semicolon or a question mark may still belong to the user part until an `@` decides,
so the parameters and headers are read with that in mind, as the real parsers do.
"""

import re
from dataclasses import dataclass
from typing import Final

from seastool.sip.grammar import Grammar, UserPhone
from seastool.sip.text import Span, fail
from seastool.sip.uri_scheme import uri_scheme

_USER_STOP: Final = re.compile(rb"[@:;?\[\]]")
_DIGITS: Final = re.compile(rb"[0-9]*")
_PASSWORD_STOP: Final = re.compile(rb"[@;?\[\]:]")
_ADDRESS_STOP: Final = re.compile(rb"[\]\[&@;?]")
_HOST_STOP: Final = re.compile(rb"[:;?&@]")
_HOST_NAME: Final = re.compile(rb"[0-9A-Za-z][0-9A-Za-z.\-]*")
_PARAMETER_STOP: Final = re.compile(rb"[;?@:]")
_HEADERS_STOP: Final = re.compile(rb"[@;:?]")
_KNOWN: Final = re.compile(rb"(?is)(?:(transport|ttl|user|method|maddr|lr)=([^:].*)|(lr))\Z")
_HIGHEST_PORT: Final = 65535
# Every version of the parser forgot that a URI may end here.
_UNFINISHED: Final = (b"ma", b"mad", b"madd", b"maddr", b"maddr=")
_PORT_DIGITS: Final = 5


@dataclass(slots=True)
class Uri:
    """The parts of a URI; None where there is none. Spans count from the text's start.

    known: transport, ttl, user, method, maddr and lr, each with the whole ``name=value``.
    is_phone: whether ``user=phone`` makes it a telephone number.
    """

    start: int
    length: int
    scheme: str
    user: Span | None = None
    password: Span | None = None
    host: Span | None = None
    port: Span | None = None
    parameters: Span | None = None
    headers: Span | None = None
    known: dict[str, Span] | None = None
    is_phone: bool = False


class _Parser:
    """One run over a URI; `found_user` once it is sure where the user part ends, or that
    there is none.

    port: the digits behind a bracketed address, which the real parser goes on counting from if
    the address turns out to be the user part.
    """

    __slots__ = (
        "colon",
        "end",
        "found_user",
        "grammar",
        "phone",
        "port",
        "text",
        "uri",
        "user_start",
    )

    def __init__(self, text: bytes, start: int, end: int, uri: Uri, grammar: Grammar) -> None:
        self.text = text
        self.end = end
        self.uri = uri
        self.grammar = grammar
        self.user_start = start
        self.found_user = False
        self.colon = -1
        self.phone = b""
        self.port = b""

    def user(self) -> None:
        """From behind the scheme."""
        text, start, end, uri = self.text, self.user_start, self.end, self.uri
        if start >= end:
            fail("URI ends behind its scheme", start)
        first = text[start]
        if first == 0x5B:
            return self.address(start)
        if first in b"]:" or (first == 0x40 and self.grammar.uri_first_at_refused):
            fail("URI has a bad first character", start)
        stop = _USER_STOP.search(text, start + 1, end)
        if stop is None:
            uri.host = (start, end - start)
            return None
        at = stop.start()
        found = text[at]
        part = (start, at - start)
        if found == 0x40:
            uri.user = part
            return self.host(at + 1)
        if found == 0x3A:
            return self.password_or_port(part, at + 1)
        if found not in b";?":
            fail("bracket in the user part", at)
        uri.host = part
        return self.parameters(at + 1) if found == 0x3B else self.headers(at + 1)

    def password_or_port(self, before: Span, start: int) -> None:
        """Behind the first colon: digits are a port unless an @ follows."""
        text, end, uri = self.text, self.end, self.uri
        at = self.digits(start)
        if at == end or text[at] in b";?":
            uri.port, uri.host = (start, at - start), before
            self.found_user = at < end
            if at < end:
                return self.parameters(at + 1) if text[at] == 0x3B else self.headers(at + 1)
            return None
        stop = _PASSWORD_STOP.search(text, at, end)
        if stop is None or text[stop.start()] != 0x40:
            fail("bad port", at)
        uri.user, uri.password = before, (start, stop.start() - start)
        return self.host(stop.end())

    def digits(self, start: int) -> int:
        """The end of a run of digits."""
        run = _DIGITS.match(self.text, start, self.end)
        at = run.end() if run else start
        if self.grammar.uri_port_bounded and at > start:
            number = int(self.port + self.text[start : min(at, start + 20)])
            if number > _HIGHEST_PORT:
                fail("port over 65535", start)
        return at

    def host(self, start: int) -> None:
        """Behind the user part's @."""
        self.found_user = True
        text, end = self.text, self.end
        if start >= end:
            fail("URI has no host", start)
        if text[start] == 0x5B:
            return self.address(start)
        if self.grammar.uri_host_checked:
            name = _HOST_NAME.match(text, start, end)
            at = name.end() if name else start
        else:
            stop = _HOST_STOP.search(text, start, end)
            at = stop.start() if stop else end
        if at == start:
            fail("URI has no host", start)
        return self.behind_host((start, at - start), at)

    def address(self, start: int) -> None:
        """A bracketed IPv6 address."""
        stop = _ADDRESS_STOP.search(self.text, start + 1, self.end)
        if stop is None or self.text[stop.start()] != 0x5D:
            fail("bad IPv6 reference", start)
        return self.behind_host((start, stop.end() - start), stop.end())

    def behind_host(self, host: Span, at: int) -> None:
        """A port, parameters, headers or the end."""
        text, end, uri = self.text, self.end, self.uri
        uri.host = host
        if at < end and text[at] == 0x3A:
            stop = self.digits(at + 1)
            self.port = text[at + 1 : min(stop, at + 6)]
            if stop < end and text[stop] not in b";?":
                fail("bad port", stop)
            uri.port = (at + 1, stop - at - 1)
            at = stop
        if at == end:
            return None
        if text[at] == 0x3B:
            return self.parameters(at + 1)
        if text[at] != 0x3F:
            fail("character that no host has", at)
        return self.headers(at + 1)

    def parameters(self, start: int) -> None:
        """From behind the first semicolon to the end or the headers."""
        text, end = self.text, self.end
        name, at = start, start
        while stop := _PARAMETER_STOP.search(text, at, end):
            at = stop.start()
            found = text[at]
            if found == 0x40:
                return self.still_user(at)
            if found == 0x3A:
                self.note_colon(at)
                at += 1
                continue
            self.known(name, at)
            if self.colon >= 0:
                self.found_user, self.colon = True, -1
            if found == 0x3F:
                self.uri.parameters = (start, at - start)
                return self.headers(at + 1)
            at += 1
            name = at
        self.known(name, end, at_end=True)
        if text[name:end].lower() in _UNFINISHED:
            fail("URI ends in maddr without a value", name)
        self.uri.parameters = (start, end - start)
        return None

    def note_colon(self, at: int) -> None:
        """A colon may be the one before a password, the second one not."""
        if self.found_user:
            return
        if self.colon >= 0:
            self.found_user, self.colon = True, -1
        else:
            self.colon = at

    def known(self, start: int, end: int, at_end: bool = False) -> None:
        """Note a parameter that has a place of its own; an empty value has none."""
        if start == end or self.text[start] not in b"tTuUmMlL":
            return
        parameter = self.text[start:end]
        found = _KNOWN.match(parameter)
        if found is None:
            if not (at_end and parameter.lower() == b"lr="):
                return
            name = "lr"
        else:
            name = (found[1] or found[3]).lower().decode("ascii")
        if self.uri.known is None:
            self.uri.known = {}
        self.uri.known[name] = (start, end - start)
        if name == "user" and found is not None:
            self.phone = found[2]

    def headers(self, start: int) -> None:
        """From behind the question mark to the end."""
        text, end = self.text, self.end
        at, misplaced = start, False
        while stop := _HEADERS_STOP.search(text, at, end):
            at = stop.start()
            found = text[at]
            if found == 0x40:
                return self.still_user(at)
            if found == 0x3B:
                if self.found_user or self.colon >= 0:
                    fail("semicolon in the headers", at)
                misplaced = True
            elif found == 0x3A:
                self.note_colon(at)
            elif self.colon >= 0:
                self.found_user, self.colon = True, -1
            at += 1
        if misplaced:
            fail("semicolon in the headers", start)
        self.uri.headers = (start, end - start)
        return None

    def still_user(self, at: int) -> None:
        """An @: all before it was the user part."""
        if self.found_user:
            fail("@ behind the host", at)
        uri, start = self.uri, self.user_start
        uri.host = uri.port = uri.parameters = uri.headers = uri.known = None
        self.phone = b""
        if self.colon >= 0:
            uri.user = (start, self.colon - start)
            uri.password = (self.colon + 1, at - self.colon - 1)
        else:
            uri.user = (start, at - start)
        self.host(at + 1)


def parse_uri(text: bytes, start: int, length: int, grammar: Grammar) -> Uri:
    """The URI at text[start:start + length]. Raises: SipError."""
    end = start + length
    name, behind = uri_scheme(text, start, end, grammar)
    uri = Uri(start, length, name)
    parser = _Parser(text, behind, end, uri, grammar)
    parser.user()
    if name in ("tel", "tels"):
        uri.user, uri.host = uri.host, None
    elif name != "urn":
        _apply_user_phone(uri, parser.phone, text, grammar)
    if grammar.uri_port_five_digits and uri.port and uri.port[1] > _PORT_DIGITS:
        fail("port has more than five digits", uri.port[0])
    if grammar.uri_lone_at_refused and uri.host and uri.host[1] and not (uri.user and uri.user[1]):
        at = uri.host[0]
        if text[at - 1] == 0x40 or text[at] == 0x40:
            fail("@ without a user part", at)
    return uri


def _apply_user_phone(uri: Uri, phone: bytes, text: bytes, grammar: Grammar) -> None:
    if grammar.user_phone is UserPhone.NOTHING:
        return
    if (phone.lower() if grammar.user_phone_any_case else phone) != b"phone":
        return
    uri.is_phone = True
    user = uri.user or (0, 0)
    semicolon = text.find(b";", user[0], user[0] + user[1])
    if semicolon >= 0:
        uri.parameters = (semicolon + 1, user[0] + user[1] - semicolon - 1)
        uri.user = (user[0], semicolon - user[0])
    elif grammar.user_phone is UserPhone.REPLACES:
        uri.parameters = None
