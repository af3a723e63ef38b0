"""What is shown live is what the file of the same traffic holds: packet for packet."""

from collections import Counter
from io import BytesIO

import pytest
from building import BIND, INFO, NAME, PING, event, reply
from hypothesis import given, settings
from hypothesis import strategies as st
from traffic_to_capture import (
    PORTS,
    REQUEST,
    RESPONSE,
    START_NS,
    Endpoint,
    Link,
    conversations,
    pair,
    sip,
)

from seastool.capture.live import LiveCapture
from seastool.capture.losses import Cause
from seastool.capture.pcapng_writer import PcapngWriter
from seastool.capture.reader import Ports, read_capture
from seastool.capture.records import CapturedFrame, CapturedSip, Gap, Record
from seastool.capture.tcp_packets import MAX_CONNECTIONS
from seastool.seas.framing import UnitKind
from seastool.seas.types import Direction, Socket


class Both:
    """The records of a live capture, and a file of the same traffic."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.file = BytesIO()
        self.capture = LiveCapture(self.records.append)
        self.endpoint = Endpoint(self.capture, PcapngWriter(self.file))

    def read(self) -> list[Record]:
        self.file.seek(0)
        reader = read_capture(self.file, ports=Ports.of([PORTS[Socket.EVENT]]))
        records = list(reader)
        assert reader.statistics.packets == self.capture.statistics.packets
        live = self.capture.statistics
        assert reader.statistics.frames == live.frames
        assert reader.statistics.sip_messages == live.sip_messages
        assert reader.statistics.connections == live.connections
        assert Cause.RETRANSMISSION not in reader.losses
        assert not reader.statistics.notes
        return records


@pytest.mark.parametrize("talk", [pytest.param(talk, id=name) for name, talk in conversations()])
def test_the_file_holds_what_was_shown(talk) -> None:
    both = Both()
    converse, options = talk
    converse(both.endpoint, **options)
    assert both.records
    assert both.read() == both.records
    losses = both.capture.statistics.losses
    expected = {Cause.OUT_OF_STEP, Cause.INCOMPLETE_AT_END, Cause.KEEP_ALIVE, Cause.OTHER_UDP}
    assert set(losses) <= expected


UNITS = st.sampled_from([event(1), event(2, 3000), reply(1), PING, INFO, NAME, BIND, b"\xff" * 7])
MESSAGES = st.sampled_from(
    [sip(REQUEST, 1), sip(REQUEST, 2, 3000), sip(RESPONSE, 1), b"\r\n\r\n", b"\xff" * 7]
)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whatever_happens_the_file_holds_what_was_shown(data) -> None:
    both = Both()
    links: list[Link] = []
    for _ in range(data.draw(st.integers(1, 25))):
        if not links or data.draw(st.integers(0, 9)) == 0:
            socket = data.draw(st.sampled_from([*Socket, None]))
            links.append(Link(both.endpoint, socket, openser=data.draw(st.booleans())))
            # Without it, the file knows it from another connection, or not at all.
            links[-1].from_as(NAME if socket else sip(REQUEST, 1))
            continue
        link = data.draw(st.sampled_from(links))
        what = data.draw(st.integers(0, 9))
        if what == 0:
            link.close(sent=data.draw(st.booleans()), reset=data.draw(st.booleans()))
            continue
        unit = data.draw(UNITS if link.socket else MESSAGES)
        if what == 1:
            both.endpoint.datagram(unit, sent=data.draw(st.booleans()))
            continue
        cut = data.draw(st.integers(0, len(unit)))
        for piece in (unit[:cut], unit[cut:]):
            (link.from_as if what % 2 else link.from_proxy)(piece)
    read = both.read()
    for kind in (CapturedFrame, CapturedSip, Gap):
        shown = [_but_for_its_place(record) for record in both.records if type(record) is kind]
        found = [_but_for_its_place(record) for record in read if type(record) is kind]
        if kind is Gap:
            assert Counter(shown) <= Counter(found)
        else:
            assert shown == found


def _but_for_its_place(record: Record) -> object:
    """A gap as values, without the packet: after a reset the file tells it at its end."""
    if not isinstance(record, Gap):
        return record
    where = record.connection, record.direction
    return *where, record.missing, record.skipped, record.cause


def test_records_say_who_and_when() -> None:
    both = Both()
    events, actions = pair(both.endpoint)
    events.from_proxy(event(1))
    actions.from_as(reply(1))
    name, second, info, bind, request, answer = both.records
    assert isinstance(name, CapturedFrame)
    assert (name.kind, name.packet, name.connection) == (UnitKind.NAME, 7, 0)
    assert (second.packet, second.connection, second.socket) == (8, 1, Socket.ACTION)
    assert name.time_ns == START_NS + 1_000_001
    assert [record.packet for record in (info, bind, request, answer)] == [9, 10, 11, 12]
    assert [record.direction for record in (info, bind)] == [*Direction]
    assert (str(request.source), str(request.destination)) == ("10.0.0.1:5080", str(name.source))
    assert {record.as_name for record in both.records} == {"as_01"}
    assert both.capture.statistics.start_ns == START_NS


def test_a_frame_in_pieces_has_the_number_of_the_last() -> None:
    both = Both()
    events, _ = pair(both.endpoint)
    before = both.capture.statistics.packets
    frame = event(1)
    for at in range(0, len(frame), 50):
        events.from_proxy(frame[at : at + 50])
    assert both.records[-1].packet == before + -(-len(frame) // 50)


def test_what_is_left_of_a_frame_is_told_when_the_connection_ends() -> None:
    both = Both()
    for options in ({"sent": False}, {"sent": True, "reset": True}):
        events, _ = pair(both.endpoint)
        events.from_proxy(event(1)[:33])
        events.close(**options)
        gap = both.records[-1]
        assert isinstance(gap, Gap)
        assert (gap.skipped, gap.cause) == (33, Cause.INCOMPLETE_AT_END)


def test_nothing_comes_of_connections_that_are_not_open() -> None:
    both = Both()
    events, _ = pair(both.endpoint)
    events.close(reset=True)
    shown, size = len(both.records), len(both.file.getvalue())
    events.from_proxy(event(1))
    events.close()
    events.number = 7
    events.from_proxy(event(1))
    events.close(reset=True)
    assert (len(both.records), len(both.file.getvalue())) == (shown, size)


def test_connections_that_never_close_are_forgotten() -> None:
    both = Both()
    first = Link(both.endpoint, Socket.EVENT)
    half_closed = Link(both.endpoint, Socket.EVENT)
    half_closed.close()
    for _ in range(MAX_CONNECTIONS - 1):
        Link(both.endpoint, Socket.EVENT)
    half_closed.from_proxy(PING)
    assert not both.records
    first.from_proxy(PING)
    assert len(both.records) == 1
    Link(both.endpoint, Socket.EVENT)
    first.from_proxy(PING)
    assert len(both.records) == 1
