"""The values of the fields that a filter can name, of one record."""

from __future__ import annotations

from collections.abc import Callable

from seastool.capture.decoded import Decoded
from seastool.capture.records import CapturedSip
from seastool.cli.decoding.entry import facts_for, size_of
from seastool.errors import SeasError
from seastool.render.facts import Facts
from seastool.render.sip_text import cseq, head_of
from seastool.render.times import SECOND


class FieldValues:
    """Resolves the names of fields for one record, each when asked.

    start_ns, before_ns: times of the capture's first packet and of the record before.
    """

    def __init__(self, decoded: Decoded, start_ns: int, before_ns: int) -> None:
        self._decoded = decoded
        self._start_ns = start_ns
        self._before_ns = before_ns or decoded.captured.time_ns
        self._facts: Facts | None = None

    def __call__(self, name: str) -> object:
        read = _READ.get(name)
        if read is not None:
            return read(self)
        # What is left are numbers of the frame under their own names.
        return getattr(self._decoded.unit, name, None)

    @property
    def facts(self) -> Facts:
        """See `facts_for`."""
        if self._facts is None:
            self._facts = facts_for(self._decoded)
        return self._facts

    def captured(self, name: str) -> object:
        """An attribute of what was captured; None where it has none."""
        return getattr(self._decoded.captured, name, None)

    def seconds(self, since_ns: int) -> float:
        """The record's time since then."""
        return (self._decoded.captured.time_ns - since_ns) / SECOND

    def record(self) -> Decoded:
        """The record itself."""
        return self._decoded

    def text(self) -> bytes:
        """The SIP text, empty if the record has none."""
        if self._decoded.message is not None:
            return self._decoded.message.text
        if isinstance(self._decoded.captured, CapturedSip):
            return self._decoded.captured.data
        text = getattr(self._decoded.unit, "text", b"")
        return text if isinstance(text, bytes) else b""

    def of_message(self, name: str) -> object:
        """An attribute of the encoded message; None without one, or where it does not decode."""
        try:
            return getattr(self._decoded.message, name, None)
        except SeasError:
            return None

    def since_start(self) -> float:
        """Seconds since the first packet."""
        return self.seconds(self._start_ns)

    def since_before(self) -> float:
        """Seconds since the record before."""
        return self.seconds(self._before_ns)

    def method(self) -> str | None:
        """A request's method, that of the CSeq for a response."""
        return self.facts.method or cseq(self.text())[1] or None


def _parameter(values: FieldValues, header: bytes, name: bytes) -> str | None:
    """A parameter of the first header of that name, or of its compact form, by plain search."""
    import re

    pattern = rb"^(?:" + header + rb")[ \t]*:[^\r\n]*?;[ \t]*" + name + rb"=([^;,\s]*)"
    found = re.search(pattern, head_of(values.text()), re.IGNORECASE | re.MULTILINE)
    return found[1].decode("utf-8", "backslashreplace") if found else None


def _transport(values: FieldValues) -> str | None:
    import re

    found = re.search(
        rb"^(?:via|v)[ \t]*:[ \t]*SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*([A-Za-z0-9-]+)",
        head_of(values.text()),
        re.IGNORECASE | re.MULTILINE,
    )
    return found[1].decode("ascii") if found else None


def _address(values: FieldValues, side: str, part: str) -> object:
    return getattr(values.captured(side), part, None)


_READ: dict[str, Callable[[FieldValues], object]] = {
    "packet": lambda v: v.captured("packet"),
    "time": lambda v: v.seconds(0),
    "time.relative": FieldValues.since_start,
    "time.delta": FieldValues.since_before,
    "connection": lambda v: v.captured("connection"),
    "type": lambda v: v.record().type_name,
    "socket": lambda v: v.captured("socket"),
    "direction": lambda v: v.captured("direction"),
    "source.address": lambda v: _address(v, "source", "host"),
    "source.port": lambda v: _address(v, "source", "port"),
    "destination.address": lambda v: _address(v, "destination", "host"),
    "destination.port": lambda v: _address(v, "destination", "port"),
    "length": lambda v: size_of(v.record()),
    "as": lambda v: v.captured("as_name"),
    "dialect": lambda v: v.record().dialect.name,
    "transaction": lambda v: v.facts.transaction or None,
    "sip.status": lambda v: v.facts.status or None,
    "sip.cseq": lambda v: cseq(v.text())[0],
    "sip.method": FieldValues.method,
    "sip.reason": lambda v: v.facts.subject if v.facts.status else None,
    "sip.uri": lambda v: v.facts.subject if v.facts.method else None,
    "sip.call_id": lambda v: v.facts.call_id or None,
    "sip.from_tag": lambda v: v.of_message("from_tag") or _parameter(v, b"from|f", b"tag"),
    "sip.to_tag": lambda v: v.of_message("to_tag") or _parameter(v, b"to|t", b"tag"),
    "sip.branch": lambda v: v.of_message("branch") or _parameter(v, b"via|v", b"branch"),
    "sip.transport": _transport,
}
