"""Whole records as JSON lines: what was captured when and where, then what it holds."""

from __future__ import annotations

from seastool.render.facts import Facts
from seastool.render.jsonl import SCHEMA_VERSION
from seastool.render.jsonl.escape import quote
from seastool.render.times import SECOND, iso_time

HEAD = f'{{"schema_version":{SCHEMA_VERSION},"record":'


class When:
    """Writes times; a second's text is kept, since records follow one another."""

    __slots__ = ("_second", "_text")

    def __init__(self) -> None:
        self._second = -1
        self._text = ""

    def __call__(self, time_ns: int) -> str:
        """``"time":...,"time_ns":...``."""
        second, rest = divmod(time_ns, SECOND)
        if second != self._second:
            self._second = second
            self._text = iso_time(second * SECOND).partition(".")[0]
        return f'"time":"{self._text}.{rest:09d}Z","time_ns":{time_ns}'


def place(packet: int, when: str, connection: int, source: str, destination: str) -> str:
    """Where and when a record was captured. connection: Wireshark's number, -1 for UDP."""
    return (
        f'"packet":{packet},{when},"connection":{connection if connection >= 0 else "null"},'
        f'"source":{quote(source)},"destination":{quote(destination)}'
    )


def side(socket: str | None, direction: str | None, as_name: str | None) -> str:
    """Whose socket it is and who speaks."""
    return (
        f'"socket":{_quoted(socket)},"direction":{_quoted(direction)},"as_name":{_quoted(as_name)}'
    )


def _quoted(text: str | None) -> str:
    return "null" if text is None else quote(text)


def sip_json(facts: Facts) -> str:
    """``"sip":{...},``: the start line and the Call-ID, nothing of a unit without SIP."""
    if facts.method:
        told = f'"method":{quote(facts.method)},"uri":{quote(facts.subject)}'
    elif facts.status:
        told = f'"status":{facts.status},"reason":{quote(facts.subject)}'
    else:
        return ""
    return f'"sip":{{{told},"call_id":{quote(facts.call_id)}}},'
