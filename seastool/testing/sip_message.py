"""A SIP message as a test asks about it."""

from __future__ import annotations

from dataclasses import dataclass

from seastool.sip import parts


@dataclass(frozen=True, slots=True, repr=False)
class SipMessage:
    """A request or a response, read leniently; `data` is what was on the wire."""

    data: bytes

    @property
    def status(self) -> int:
        """Of a response; 0 of a request."""
        return parts.status(self.data) or 0

    @property
    def reason(self) -> str:
        """The reason phrase of a response."""
        return parts.start_line(self.data)[1] if self.status else ""

    @property
    def method(self) -> str:
        """Of a request its method, of a response that of CSeq."""
        return parts.cseq(self.data)[1] if self.status else parts.start_line(self.data)[0]

    @property
    def uri(self) -> str:
        """The Request-URI; empty of a response."""
        return "" if self.status else parts.start_line(self.data)[1]

    @property
    def call_id(self) -> str:
        """The Call-ID; empty without one."""
        return parts.call_id(self.data) or ""

    @property
    def body(self) -> bytes:
        """What follows the empty line."""
        return parts.body(self.data)

    def header(self, name: str) -> str | None:
        """The value of the first header of that name, compact or not; None if there is none."""
        return parts.header(self.data, name)

    def headers(self, name: str) -> list[str]:
        """The values of all of them."""
        return parts.headers(self.data, name)

    def __repr__(self) -> str:
        return f"<SipMessage {str(self)!a}>"

    def __str__(self) -> str:
        return " ".join(part for part in parts.start_line(self.data) if part)
