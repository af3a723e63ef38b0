"""The SEAS connections of captures as conversations."""

from pathlib import Path

import pytest

from seastool.replay.calls import calls_of
from seastool.replay.conversation import inbound, parts_of, sessions_of
from seastool.replay.trace import read_trace

CAPTURES = Path(__file__).parents[3] / "captures"


def told(parts) -> list[str]:
    return [
        f"{'>' if part.is_ours else '<'} {(part.start[0].decode() or part.start[1])}"
        for part in parts
    ]


@pytest.mark.parametrize(
    ("name", "dialect", "port"),
    [("kamailio-5.6.3", "kamailio-5.7", 5060), ("openser-1.3.0", "openser-1.3.0", 6062)],
)
def test_a_session_has_its_name_dialect_sockets_and_binds(
    name: str, dialect: str, port: int
) -> None:
    (session,) = sessions_of(read_trace(CAPTURES / f"{name}-session.pcap").frames)
    assert (session.name, session.dialect.name) == ("app_server_1", dialect)
    assert {one.port for one in session.sockets} == {port}
    assert [bind.port for bind in session.binds] == [port]
    assert len(session.calls) == 9
    assert session.notes == []


def test_calls_are_told_with_who_begins_them_and_after_what() -> None:
    (session,) = sessions_of(read_trace(CAPTURES / "kamailio-5.6.3-session.pcap").frames)
    assert [call.begins_at_proxy for call in session.calls] == [
        True, True, True, False, False, False, False, True, False,
    ]  # fmt: skip
    assert [call.cause for call in session.calls] == [
        None, None, None, (2, 5), (3, 5), (4, 1), (5, 1), None, None,
    ]  # fmt: skip


def test_the_parts_of_either_side() -> None:
    (session,) = sessions_of(read_trace(CAPTURES / "kamailio-5.6.3-session.pcap").frames)
    cancelled = session.calls[2]
    proxy = told(cancelled.parts(events_are_ours=True))
    assert proxy == ["> INVITE", "< 180", "> CANCEL", "< 200", "< 487", "> ACK"]
    server = told(cancelled.parts(events_are_ours=False))
    assert server == [one.translate({60: 62, 62: 60}) for one in proxy]
    assert told(session.calls[4].parts(events_are_ours=True)) == ["< MESSAGE", "> AC_RES_FAIL"]
    assert told(session.calls[5].parts(events_are_ours=True)) == ["< MESSAGE", "> 408"]
    parts = cancelled.parts(events_are_ours=True)
    assert parts[1].key == parts[4].key != parts[3].key  # the CANCEL is a transaction of its own
    assert 0.29 < parts[2].delay < 0.31


def test_a_capture_without_seas_has_no_session() -> None:
    assert sessions_of([]) == []


def test_calls_of_the_server_itself_are_left_out() -> None:
    calls = calls_of(read_trace(CAPTURES / "kamailio-5.6.3-session.pcap").messages)
    kept, notes = inbound(calls)
    assert [call.call_id[:3] for call in kept] == [b"c1-", b"c2-", b"c3-", b"c9-"]
    assert notes == ["4 calls are left out: the recorded server began them itself"]


def test_the_parts_of_a_sip_call_have_no_100_and_nothing_twice() -> None:
    calls = calls_of(read_trace(CAPTURES / "openser-1.3.0-session.pcap").messages)
    cancelled = next(call for call in calls if call.call_id.startswith(b"c3-"))
    assert len(cancelled.steps) == 9
    assert told(parts_of(cancelled)) == [
        "> INVITE", "< 180", "> CANCEL", "< 200", "< 487", "> ACK",
    ]  # fmt: skip
