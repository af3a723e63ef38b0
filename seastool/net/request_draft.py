"""A request that is to be sent once: from its parts, or a text that is sent as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from seastool.app import Container, Headers, Request, Session, SessionState
from seastool.app.address_text import from_value
from seastool.app.headers import line_value
from seastool.app.tokens import checked_address, checked_method, checked_uri
from seastool.errors import EncodeError, SeasError
from seastool.sip.address_value import routes_of, tag_of, uri_of
from seastool.sip.grammar import Grammar
from seastool.sip.outline import Outline, Outliner

_NAMES: Final = ("FROM", "TO", "CALLID", "CSEQ")
_MAX_CSEQ_DIGITS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDraft:
    """The parts of a request; those left out are made. A To with a tag puts it into a dialog.

    headers: beside those that the container writes. cseq: None for 2, the first that no proxy
    changes.
    """

    method: str
    uri: str
    from_: str = ""
    to: str = ""
    call_id: str = ""
    cseq: int | None = None
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    content_type: str | None = None

    raw: ClassVar[bytes] = b""

    def make(self, container: Container) -> Request:
        """The request. Raises: SeasError for what cannot be written."""
        own = uri_of(container.own_address.contact(container.listening))
        local, tag = from_value(self.from_ or own, container.new_id())
        remote = checked_address("To", self.to or self.uri)
        session = Session(
            container,
            self.call_id or container.new_id(),
            tag,
            tag_of(remote),
            made_by=checked_method(self.method),
            is_uac=True,
            local=local,
            remote=remote,
            target=checked_uri(self.uri),
        )
        if session.remote_tag:
            session.state = SessionState.CONFIRMED
        if self.cseq is not None:
            session.local_cseq = self.cseq - 1
        request = session.create_request(
            self.method, body=self.body, content_type=self.content_type, headers=self.headers
        )
        if self.cseq is not None and isinstance(request.headers, Headers):
            request.headers["CSeq"] = f"{self.cseq} {self.method}"
        return request


@dataclass(frozen=True, slots=True)
class RequestText:
    """The text of a request."""

    raw: bytes

    @property
    def method(self) -> str:
        """What its first line begins with."""
        return self.raw.split(maxsplit=1)[0].decode("utf-8", "backslashreplace")

    @property
    def uri(self) -> str:
        """The second word."""
        words = self.raw.split(maxsplit=2)
        return words[1].decode("utf-8", "surrogateescape") if len(words) > 1 else ""

    def make(self, container: Container) -> Request | None:
        """The request as the container has to know it, so that an ACK, a BYE or a CANCEL can
        follow; None if it does not say what they need."""
        try:
            return self._made(container)
        except SeasError:
            return None

    def _made(self, container: Container) -> Request | None:
        outline = Outliner(Grammar()).cut(self.raw)
        from_, to, call_id, cseq = (self._value(outline, name) for name in _NAMES)
        number = cseq.partition(" ")[0]
        method = checked_method(self.method)
        known = call_id and number.isdecimal() and len(number) <= _MAX_CSEQ_DIGITS
        if method == "CANCEL" or not known:
            return None  # the container sends a CANCEL for requests of its own only
        routes = routes_of(self._values(outline, "ROUTE"))
        session = Session(
            container,
            call_id,
            tag_of(from_),
            tag_of(to),
            made_by=method,
            is_uac=True,
            local=checked_address("From", from_),
            remote=checked_address("To", to),
            target=checked_uri(self.uri),
            origin=Headers([("Record-Route", route) for route in reversed(routes)]),
        )
        session.local_cseq = int(number)
        if session.remote_tag:
            session.state = SessionState.CONFIRMED
        headers = Headers([("From", from_), ("To", to), ("Call-ID", call_id)])
        headers.add("CSeq", f"{number} {method}")
        for route in routes:
            headers.add("Route", route)
        return Request(
            container,
            method,
            uri=self.uri,
            headers=headers,
            is_initial=not tag_of(to),
            session=session,
        )

    def _values(self, outline: Outline, kind: str) -> list[str]:
        return [
            line_value(self.raw[line.start : line.end])
            for line in outline.lines
            if line.kind == kind
        ]

    def _value(self, outline: Outline, kind: str) -> str:
        values = self._values(outline, kind)
        if not values:
            raise EncodeError(f"has no {kind}", path="headers")
        return values[0]


Draft = RequestDraft | RequestText
