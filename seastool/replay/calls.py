"""Messages sorted into calls: which side sent what, when, and what is only sent again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from seastool.capture.records import Address
from seastool.replay.fields import SipFields
from seastool.replay.messages import Recorded, RecordedCall, Step


def calls_of(
    messages: Iterable[Recorded], call_id: str | bytes | None = None
) -> list[RecordedCall]:
    """The calls of a trace, in the order in which they began.

    call_id: only those; `*` stands for anything. Messages without a Call-ID belong to none.
    """
    wanted = call_id.decode("latin-1") if isinstance(call_id, bytes) else call_id
    found: dict[bytes, list[_Message]] = {}
    for recorded in messages:
        fields = SipFields(recorded.data)
        if call := fields.call_id:
            found.setdefault(call, []).append(_message(recorded, fields))
    return [
        _call(name, group)
        for name, group in found.items()
        if wanted is None or fnmatchcase(name.decode("latin-1"), wanted)
    ]


@dataclass(slots=True)
class _Message:
    """What is kept of a message in memory while a trace is sorted. depth: how many Vias."""

    recorded: Recorded
    method: bytes
    status: int
    from_tag: bytes
    to_tag: bytes
    branch: bytes
    cseq: tuple[int, bytes]
    depth: int

    @property
    def is_request(self) -> bool:
        return not self.status


def _message(recorded: Recorded, fields: SipFields) -> _Message:
    vias = sum(value.count(b"SIP/2.0") or 1 for value in fields.all(b"via"))
    return _Message(
        recorded,
        fields.method,
        fields.status,
        fields.from_tag,
        fields.to_tag,
        fields.branch,
        fields.cseq,
        vias,
    )


@dataclass(slots=True)
class _Client:
    """How the client's messages are told from those of the other side.

    aliases: further addresses of its own, as TCP gives one to each connection.
    """

    address: Address | None
    server: Address | None
    sends: bool | None  # whether the writer of the log is the client
    tag: bytes
    aliases: set[Address]

    def has_sent(self, message: _Message) -> bool:
        recorded = message.recorded
        if recorded.source is not None and self.address is not None:
            return self._is(recorded.source)
        if recorded.is_sent is not None and self.sends is not None:
            return recorded.is_sent == self.sends
        return (message.from_tag == self.tag) == message.is_request

    def touches(self, message: _Message) -> bool:
        """Whether the message passed between the client and its first hop."""
        recorded = message.recorded
        if recorded.source is None or recorded.destination is None or self.address is None:
            return True
        return self._is(recorded.source) or self._is(recorded.destination)

    def _is(self, address: Address) -> bool:
        assert self.address is not None
        if address == self.address or address in self.aliases:
            return True
        if self.server is None or self.server.packed == self.address.packed:
            return False
        return address.packed == self.address.packed


def _call(call_id: bytes, group: list[_Message]) -> RecordedCall:
    client = _client(group)
    hop = [message for message in group if client.touches(message)]
    notes = list(_notes(group, hop, client))
    return RecordedCall(
        call_id, [message.recorded for message in group], client.address, _steps(hop, client), notes
    )


def _client(group: Sequence[_Message]) -> _Client:
    first = next((message for message in group if message.is_request), None)
    if first is None:
        return _client_of_response(group[0])
    recorded, tag = first.recorded, first.from_tag
    client = _Client(recorded.source, recorded.destination, recorded.is_sent, tag, set())
    depth = first.depth
    for message in group:
        source = message.recorded.source
        if source is None or client.address is None or source.packed != client.address.packed:
            continue
        if message.recorded.destination != client.server:
            continue
        like = message.is_request and message.from_tag == tag
        if like and message.recorded.transport == "tcp" and message.depth == depth:
            client.aliases.add(source)
    return client


def _client_of_response(first: _Message) -> _Client:
    """Where no request was recorded: whoever gets the first response."""
    recorded = first.recorded
    sends = None if recorded.is_sent is None else not recorded.is_sent
    tag = first.from_tag
    return _Client(recorded.destination, recorded.source, sends, tag, set())


def _steps(hop: Sequence[_Message], client: _Client) -> list[Step]:
    steps: list[Step] = []
    seen: set[tuple[object, ...]] = set()
    before = hop[0].recorded.time_ns if hop else 0
    for message in hop:
        by_client = client.has_sent(message)
        recorded = message.recorded
        kind = message.method or message.status
        key = by_client, message.branch, message.cseq, kind, message.to_tag
        whole = by_client, recorded.data
        delay = max(0, recorded.time_ns - before) if recorded.time_ns and before else 0
        steps.append(Step(recorded, by_client, delay, key in seen or whole in seen))
        seen |= {key, whole} if message.branch else {whole}
        before = recorded.time_ns or before
    return steps


def _notes(group: Sequence[_Message], hop: Sequence[_Message], client: _Client) -> Iterable[str]:
    first = next((message for message in group if message.is_request), None)
    if first is None:
        yield "no request was recorded: whoever gets the first response is taken for the client"
    elif first.to_tag:
        yield "the recording begins within the dialog: the first request has a To tag"
    if len(hop) < len(group):
        left = len(group) - len(hop)
        yield (
            f"{left} of {len(group)} messages passed on other hops and are left out: "
            f"only what {client.address} sent and got is kept"
        )
    sides = {client.has_sent(message) for message in hop}
    if sides == {True} and any(m.method != b"ACK" for m in hop):
        yield "only what the client sent was recorded: there is nothing to compare with"
    elif sides == {False}:
        yield "only what the client got was recorded: there is nothing to send"
