"""Whose an address in a recorded message is, and what stands for it now."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from seastool.capture.records import Address
from seastool.replay.fields import tag_of
from seastool.replay.messages import RecordedCall
from seastool.replay.rewriting.draft import Draft

DEFAULT_PORT: Final = 5060
_URI: Final = re.compile(
    rb"(sips?:(?:[^@<>\s,\"]{0,512}@)?)(\[[^\]]*\]|[^\s:;?<>,@\"\[\]]+)(?::([0-9]{1,5}))?"
    rb"([^<>\s,\"]*)",
    re.I,
)
_SENT_BY: Final = re.compile(
    rb"SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*[A-Za-z0-9]+\s+"
    rb"(\[[^\]]*\]|[^\s:;,]+)(?:\s*:\s*([0-9]{1,5}))?",
    re.I,
)
_NUMERIC: Final = re.compile(rb"[0-9.]+|\[[0-9A-Fa-f:.]+\]")
_TRANSPORT: Final = re.compile(rb";transport=[^;?]*", re.I)
_CONNECTION: Final = re.compile(
    rb"^(c=IN |o=[^\r\n]* IN |a=rtcp:[0-9]+ IN )IP[46] ([^\s/]+)", re.M
)  # RFC 4566 sections 5.2 and 5.7, RFC 3605
_CANDIDATE: Final = re.compile(
    rb"^(a=candidate:(?:\S+ ){4})(\S+)(?= \S+ typ host)", re.M
)  # RFC 8839


@dataclass(frozen=True, slots=True)
class Place:
    """A host, IPv6 without brackets, a port and a transport, lower case."""

    host: bytes
    port: int
    transport: bytes = b"udp"

    @property
    def uri_host(self) -> bytes:
        """The host as URIs and Vias have it."""
        return b"[%s]" % self.host if b":" in self.host else self.host

    @property
    def text(self) -> bytes:
        """``host:port``."""
        return b"%s:%d" % (self.uri_host, self.port)


class Places:
    """The recorded client's and server's addresses, and the ones that stand for them; there: None
    leaves the server's as they are.

    Of client and server on one host the port tells which is meant; a port that is neither's
    leaves the address alone.
    """

    def __init__(self, call: RecordedCall, here: Place, there: Place | None) -> None:
        self.here, self.there = here, there
        self._own: set[tuple[bytes, int]] = set()
        self._other: set[tuple[bytes, int]] = set()
        for step in call.steps:
            if step.by_client:
                self._collect(step.message.source, step.message.destination, step.message.data)
        self._other -= self._own
        self._own_hosts = {host for host, _ in self._own}
        self._other_hosts = {host for host, _ in self._other}

    def _collect(self, source: Address | None, destination: Address | None, data: bytes) -> None:
        for address, found in ((source, self._own), (destination, self._other)):
            if address is not None:
                found.add((address.host.encode(), address.port))
        draft = Draft(data)
        if draft.start.startswith(b"SIP/2.0 "):
            return
        if destination is None and not tag_of(draft.first(b"to")):
            uri = _URI.search(draft.start)
            if uri and _NUMERIC.fullmatch(uri[2]):  # a log without addresses says no more
                self._other.add(_pair(uri[2], uri[3]))
        if sent_by := _SENT_BY.match(draft.first(b"via")):
            self._own.add(_pair(sent_by[1], sent_by[2]))
        if draft.start.split(b" ")[0] != b"REGISTER":  # which may register somebody else
            for found_uri in _URI.finditer(draft.first(b"contact")):
                self._own.add(_pair(found_uri[2], found_uri[3]))

    def successor(self, host: bytes, port: bytes | None) -> Place | None:
        """What stands for an address now; None if it stays as it was."""
        pair = _pair(host, port)
        if pair in self._own:
            return self.here
        if pair in self._other:
            return self.there
        own, other = pair[0] in self._own_hosts, pair[0] in self._other_hosts
        return None if own == other else self.here if own else self.there

    def moved(self, value: bytes, *, contact: bool = False) -> bytes:
        """A header's value or a URI with each SIP URI at its address now.

        contact: over TCP such a URI says so, as the other side sends requests there.
        """

        def change(found: re.Match[bytes]) -> bytes:
            place = self.successor(found[2], found[3])
            if place is None:
                return found[0]
            default = found[3] is None and place.port == DEFAULT_PORT
            rest, inside = _TRANSPORT.sub(b";transport=" + place.transport, found[4], count=1), True
            if contact and place.transport == b"tcp" and rest == found[4]:
                inside = value[: found.start()].endswith(b"<")
                rest = b";transport=tcp" + rest if inside else b";transport=tcp>" + rest
            text = found[1] + (place.uri_host if default else place.text) + rest
            return text if inside else b"<" + text

        return _URI.sub(change, value)

    def described(self, body: bytes) -> bytes:
        """A body with the client's address in its SDP's o=, c=, rtcp and candidate lines being the
        one it has now; ports stay, as the replay has no media."""

        def change(found: re.Match[bytes]) -> bytes:
            if found[2].lower() not in self._own_hosts:
                return found[0]
            version = b"IP6" if b":" in self.here.host else b"IP4"
            return b"%s%s %s" % (found[1], version, self.here.host)

        def change_candidate(found: re.Match[bytes]) -> bytes:
            is_own = found[2].lower() in self._own_hosts
            return found[1] + (self.here.host if is_own else found[2])

        return _CANDIDATE.sub(change_candidate, _CONNECTION.sub(change, body))


def uris_of(values: Iterable[bytes]) -> list[bytes]:
    """The URIs in brackets of header values, or the first without."""
    found: list[bytes] = []
    for value in values:
        bracketed = re.findall(rb"<([^<>]*)>", value)
        found += bracketed or [value.partition(b";")[0].partition(b",")[0].strip()]
    return found


def _pair(host: bytes, port: bytes | None) -> tuple[bytes, int]:
    return host.strip(b"[]").lower(), int(port) if port else DEFAULT_PORT
