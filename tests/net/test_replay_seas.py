"""Recordings replayed over SEAS, over loopback: against our own application server and proxy, and
against one another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from math import inf
from pathlib import Path

import pytest

from seastool.app.behaviours.answer import Answer
from seastool.app.behaviours.refusals import Silent
from seastool.net.app_endpoint import Options as ServerOptions
from seastool.net.app_server import AppServer
from seastool.net.openser import Openser, Options
from seastool.net.replay_seas import (
    ActionsToProxy,
    CallsToAppServer,
    EventsToAppServer,
    SeasReplay,
    as_recorded,
)
from seastool.replay.calls import calls_of
from seastool.replay.conversation import Schedule, SeasSession, sessions_of
from seastool.replay.messages import Recorded, RecordedCall
from seastool.replay.playing import Load, Playing
from seastool.replay.result import MessageDifference, ReplayResult
from seastool.replay.trace import read_trace
from seastool.seas.connection.app_server import Timing
from seastool.seas.openser import Settings
from seastool.seas.openser import outcomes as did

CAPTURES = Path(__file__).parents[2] / "captures"
QUICK = Timing(pause=0.01, retry=0.05, retry_most=0.1)
SIPP, SESSION, OPENSER = (
    f"{name}.pcap"
    for name in ("kamailio-5.6.3-sipp-uac", "kamailio-5.6.3-session", "openser-1.3.0-session")
)
SIGNED = Options(settings=Settings(signature=b"kamailio (5.6.3 (x86_64/linux))"))


def schedule(level="status", speed: float = inf, *, begin: float = 1.0, **load) -> Schedule:
    return Schedule(Playing(level=level, speed=speed, wait=1.0), Load(**load), begin=begin)


def calls(name: str) -> list[RecordedCall]:
    return calls_of(read_trace(CAPTURES / name).messages)


def session(name: str) -> SeasSession:
    return sessions_of(read_trace(CAPTURES / name).frames)[0]


def counts(result: ReplayResult) -> tuple[int, int, int, int, int]:
    return result.calls, result.sent, result.compared, result.total, result.unfinished


def told(result: ReplayResult) -> list[tuple[str, int, str]]:
    return [
        (one.what, one.number, "; ".join(map(str, one.differences))) for one in result.differences
    ]


def nothing_is_left(replay: SeasReplay) -> bool:
    return not (replay._open or replay._playing or replay._waiting or replay._tasks)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 60))


def against(replay, application) -> ReplayResult:
    """The result of a replay against an application on our own application server."""

    async def play() -> None:
        made = replay()
        async with made:
            server = AppServer(
                application,
                port=made.openser.port,
                options=ServerOptions(timing=QUICK),
                log=lambda _: None,
            )
            async with server:
                assert await made.there(3)
                results.append(await made.play())
                assert nothing_is_left(made)

    results: list[ReplayResult] = []
    run(play)
    return results[0]


def both(proxy_side, recorded: SeasSession, plan: Schedule) -> tuple[ReplayResult, ReplayResult]:
    """A replay of the proxy's side against one of the application server's."""
    results: list[ReplayResult] = []

    async def play() -> None:
        proxy = proxy_side()
        options = as_recorded(recorded)
        options.timing = QUICK
        async with proxy:
            server = ActionsToProxy(
                recorded, port=proxy.openser.port, schedule=plan, options=options
            )
            async with server:
                assert await server.there(3)
                assert await proxy.there(3)
                answering = asyncio.ensure_future(server.play())
                results.append(await proxy.play())
                if isinstance(proxy, CallsToAppServer):
                    server.stop()
                results.append(await answering)
                assert nothing_is_left(proxy)

    run(play)
    return results[0], results[1]


# SIP calls to an application server.


def test_calls_of_sipp_are_answered_as_recorded() -> None:
    result = against(lambda: CallsToAppServer(calls(SIPP), port=0, schedule=schedule()), Answer())
    assert counts(result) == (20, 60, 60, 0, 0)
    assert result.is_same


def test_one_changed_response_is_the_one_difference() -> None:
    changed = calls(SIPP)
    bye = changed[6].steps[-1].message
    assert bye.data.startswith(b"SIP/2.0 200 ")
    bye.data = bye.data.replace(b"200 OK", b"481 Gone", 1)
    found: list[MessageDifference] = []
    result = against(
        lambda: CallsToAppServer(changed, port=0, schedule=schedule(), on_difference=found.append),
        Answer(),
    )
    assert told(result) == [("different", bye.number, "status: expected 481, got 200")]
    assert found == result.differences
    assert (found[0].call_id, found[0].step) == ("7-25526@127.0.0.1", 7)
    assert found[0].expected == bye.data
    assert found[0].got.startswith(b"SIP/2.0 200 OK\r\n")


def test_a_call_that_is_cancelled_ends_as_recorded_if_it_is_not_answered_before() -> None:
    result = against(
        lambda: CallsToAppServer(calls(SESSION), port=0, schedule=schedule(speed=15)),
        Answer(delay=0.3),
    )
    assert counts(result) == (4, 8, 7, 0, 0)
    result = against(
        lambda: CallsToAppServer(calls(SESSION), port=0, schedule=schedule()), Answer()
    )
    assert told(result) == [("different", 67, "status: expected 487, got 200")]


def test_a_server_that_is_silent_is_missed_in_each_message() -> None:
    result = against(
        lambda: CallsToAppServer(calls(SIPP)[:2], port=0, schedule=schedule()), Silent()
    )
    assert sorted(told(result))[2:] == [
        ("missing", 27, "message: expected 180, got nothing"),
        ("missing", 28, "message: expected 200, got nothing"),
        ("missing", 46, "message: expected 180, got nothing"),
        ("missing", 47, "message: expected 200, got nothing"),
    ]
    assert counts(result) == (2, 6, 2, 6, 0)  # the BYE of a call that is not there gets 481


def test_calls_are_played_as_often_as_asked_with_fresh_identifiers() -> None:
    result = against(
        lambda: CallsToAppServer(
            calls(SIPP)[:3], port=0, schedule=schedule(calls=50, rate=500, concurrency=10)
        ),
        Answer(),
    )
    assert counts(result) == (50, 150, 150, 0, 0)


def test_an_unexpected_reply_is_told() -> None:
    shorter = calls(SIPP)[:1]
    ringing = shorter[0].steps.pop(2).message
    assert ringing.data.startswith(b"SIP/2.0 180 ")
    result = against(lambda: CallsToAppServer(shorter, port=0, schedule=schedule()), Answer())
    assert told(result) == [("unexpected", 0, "message: expected nothing, got 180")]


def test_a_recording_of_one_direction_is_played_and_nothing_is_unexpected() -> None:
    messages = [m for m in read_trace(CAPTURES / SIPP).messages if m.source.port == 5999]
    notes: list[str] = []
    result = against(
        lambda: CallsToAppServer(
            calls_of(messages)[:1], port=0, schedule=schedule(speed=0.005), on_note=notes.append
        ),
        Answer(),
    )
    assert counts(result) == (1, 3, 0, 0, 0)
    assert notes == ["only what the client sent was recorded: there is nothing to compare with"]


def test_a_recording_without_addresses_is_played_too() -> None:
    messages = [
        Recorded(n, 0, "udp", None, None, message.data)
        for n, message in enumerate(read_trace(CAPTURES / SIPP).messages, 1)
    ]
    result = against(
        lambda: CallsToAppServer(calls_of(messages), port=0, schedule=schedule()), Answer()
    )
    assert counts(result) == (20, 60, 60, 0, 0)


def test_nobody_who_binds_is_told_in_time() -> None:
    async def wait() -> None:
        async with CallsToAppServer(calls(SIPP), port=0) as replay:
            assert not await replay.there(0.05)

    run(wait)


def test_an_application_server_that_leaves_leaves_calls_unfinished() -> None:
    notes: list[str] = []

    async def play() -> None:
        replay = CallsToAppServer(
            calls(SIPP), port=0, schedule=schedule(rate=20), on_note=notes.append
        )
        async with replay:
            server = AppServer(
                Answer(),
                port=replay.openser.port,
                options=ServerOptions(timing=QUICK),
                log=lambda _: None,
            )
            async with server:
                assert await replay.there(3)
                playing = asyncio.ensure_future(replay.play())
                await asyncio.sleep(0.3)
            result = await playing
            assert 0 < result.unfinished < result.calls == 20
            assert nothing_is_left(replay)

    run(play)
    assert notes[-1].endswith("no application server is connected")


# Recorded events to an application server.


@pytest.mark.parametrize("name", [SIPP, SESSION, OPENSER])
def test_a_session_replayed_from_both_sides_is_as_it_was_in_full(name: str) -> None:
    recorded, plan = session(name), schedule("full", 20)
    proxy, server = both(lambda: EventsToAppServer(recorded, port=0, schedule=plan), recorded, plan)
    assert (told(proxy), told(server)) == ([], [])
    frames = sum(len(call.items) for call in recorded.calls)
    assert proxy.sent + server.sent == proxy.compared + server.compared == frames
    assert proxy.calls == server.calls == len(recorded.calls)
    assert proxy.unfinished == server.unfinished == 0


def test_calls_that_the_proxy_begins_before_the_replay_does_are_played() -> None:
    results: list[ReplayResult] = []

    async def play() -> None:
        recorded, plan = session(SIPP), schedule("full", 20)
        options = as_recorded(recorded)
        options.timing = QUICK
        async with EventsToAppServer(recorded, port=0, schedule=plan) as proxy:
            port = proxy.openser.port
            server = ActionsToProxy(recorded, port=port, schedule=plan, options=options)
            async with server:
                assert await server.there(3)
                assert await proxy.there(3)
                calling = asyncio.ensure_future(proxy.play())
                async with asyncio.timeout(10):
                    while not server.result.calls:
                        await asyncio.sleep(0.01)
                results.extend((await server.play(), await calling))

    run(play)
    for result in results:
        assert (told(result), result.calls, result.unfinished) == ([], 20, 0)


def test_later_rounds_are_other_calls() -> None:
    recorded, plan = session(SESSION), schedule("full", 50, calls=20)
    proxy, server = both(lambda: EventsToAppServer(recorded, port=0, schedule=plan), recorded, plan)
    assert (told(proxy), told(server)) == ([], [])
    assert proxy.calls == server.calls == 20


def test_events_go_out_byte_for_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded, plan = session(SIPP), schedule("full", 20)
    sent: list[bytes] = []
    plain = Openser.send_bytes

    def send_bytes(self, socket, data) -> None:
        sent.append(data)
        plain(self, socket, data)

    monkeypatch.setattr(Openser, "send_bytes", send_bytes)
    both(lambda: EventsToAppServer(recorded, port=0, schedule=plan), recorded, plan)
    items = [item for call in recorded.calls for item in call.items if item.to_as]
    assert sorted(sent) == sorted(item.data for item in items)


def test_the_tag_that_an_application_server_gives_comes_back_to_it() -> None:
    result = against(
        lambda: EventsToAppServer(session(SIPP), port=0, schedule=schedule()), Answer()
    )
    assert counts(result) == (20, 60, 60, 0, 0)


def test_of_calls_that_begin_alike_the_likest_is_taken() -> None:
    here, there = session(SESSION), session(SESSION)
    here.calls = [here.calls[4], here.calls[5]]  # two MESSAGEs of the application server's
    there.calls = [there.calls[4], there.calls[5]]
    for item in there.calls[1].items:
        item.time_ns -= 60_000_000_000  # so that the second one comes first
    for call in there.calls:
        call.cause = None
    plan = schedule("full", 10_000)
    proxy, server = both(lambda: EventsToAppServer(here, port=0, schedule=plan), there, plan)
    assert (told(proxy), told(server)) == ([], [])
    assert proxy.compared == server.sent == 2


def test_one_changed_action_is_the_one_difference() -> None:
    recorded = session(SIPP)
    item = recorded.calls[3].items[-1]
    assert item.text.startswith(b"SIP/2.0 200 ")
    item.text = item.text.replace(b"200 OK", b"404 Gone", 1)
    result = against(lambda: EventsToAppServer(recorded, port=0, schedule=schedule()), Answer())
    assert told(result) == [("different", item.packet, "status: expected 404, got 200")]


def test_calls_that_an_application_server_does_not_begin_are_missing() -> None:
    result = against(
        lambda: EventsToAppServer(session(SESSION), port=0, schedule=schedule(speed=15)),
        Answer(delay=0.3),
    )
    assert [(what, number) for what, number, _ in told(result)] == [
        ("missing", number) for number in (71, 93, 97, 108, 135)
    ]
    assert result.unfinished == 5


# Recorded actions to a proxy.


def test_recorded_actions_answer_recorded_calls_in_full() -> None:
    recorded, plan = session(SIPP), schedule("full", 20)
    proxy, server = both(
        lambda: CallsToAppServer(calls(SIPP), port=0, schedule=plan, options=SIGNED),
        recorded,
        plan,
    )
    assert (counts(proxy), counts(server)) == ((20, 60, 60, 0, 0), (20, 60, 60, 0, 0))


def test_actions_carry_the_ids_and_identifiers_of_live_requests() -> None:
    replies: list[did.Replied] = []

    async def play() -> None:
        def outcome(_, outcome: did.Outcome) -> None:
            if isinstance(outcome, did.Replied) and outcome.status > 100:
                replies.append(outcome)

        options = as_recorded(session(SIPP))
        options.timing = QUICK
        async with Openser(port=0, on_outcome=outcome) as proxy:
            replay = ActionsToProxy(
                session(SIPP), port=proxy.port, schedule=schedule(calls=1), options=options
            )
            async with replay:
                assert await replay.there(3)
                playing = asyncio.ensure_future(replay.play())
                await proxy.bound()
                proxy.request(live("INVITE", "live-1"))
                while len(replies) < 2:
                    await asyncio.sleep(0.01)
                proxy.request(live("ACK", "live-1", tag="as1"))
                proxy.request(live("BYE", "live-1", tag="as1"))
                result = await playing
                assert counts(result) == (1, 3, 3, 0, 0)

    run(play)
    assert [reply.status for reply in replies] == [180, 200, 200]
    assert all(b"Call-ID: live-1\r\n" in reply.sip for reply in replies)
    assert replies[1].sip.count(b";tag=as1\r\n") == 1


def test_another_request_than_the_recorded_ones_is_unexpected() -> None:
    async def play() -> None:
        options = as_recorded(session(SIPP))
        options.timing = QUICK
        async with Openser(port=0) as proxy:
            replay = ActionsToProxy(
                session(SIPP),
                port=proxy.port,
                schedule=schedule(calls=1, begin=0.1),
                options=options,
            )
            async with replay:
                assert await replay.there(3)
                playing = asyncio.ensure_future(replay.play())
                await proxy.bound()
                proxy.request(live("OPTIONS", "live-1"))
                result = await playing
                assert sorted(told(result)) == [
                    ("missing", 21, "message: expected INVITE, got nothing"),
                    ("unexpected", 0, "message: expected nothing, got OPTIONS"),
                ]
                assert (result.calls, result.unfinished) == (0, 1)

    run(play)


def test_a_replay_that_is_stopped_counts_what_is_not_over() -> None:
    async def play() -> None:
        options = as_recorded(session(SIPP))
        options.timing = QUICK
        async with Openser(port=0) as proxy:
            replay = ActionsToProxy(session(SIPP), port=proxy.port, options=options)
            async with replay:
                assert await replay.there(3)
                asyncio.get_running_loop().call_later(0.1, replay.stop)
                result = await replay.play()
                assert result.unfinished > 0
                assert not replay._tasks

    run(play)


def test_a_proxy_that_is_not_there_is_told_in_time() -> None:
    async def play() -> None:
        options = as_recorded(session(SIPP))
        options.timing = QUICK
        async with ActionsToProxy(session(SIPP), port=1, options=options) as replay:
            assert not await replay.there(0.1)

    run(play)


def live(method: str, call_id: str, *, tag: str = "") -> bytes:
    to = f";tag={tag}" if tag else ""
    return (
        f"{method} sip:service@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:5990;branch=z9hG4bK{method}{call_id}\r\n"
        f"From: <sip:alice@example.com>;tag=a1\r\nTo: <sip:bob@example.com>{to}\r\n"
        f"Call-ID: {call_id}\r\nCSeq: {2 if method == 'BYE' else 1} {method}\r\n"
        f"Contact: <sip:alice@127.0.0.1:5990>\r\nMax-Forwards: 70\r\n\r\n"
    ).encode()
