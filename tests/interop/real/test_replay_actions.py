"""The actions of a recorded session answer live calls through the real proxy."""

import asyncio
from pathlib import Path

from seastool.net.replay_seas import ActionsToProxy
from seastool.replay.conversation import Schedule, sessions_of
from seastool.replay.playing import Load, Playing
from seastool.replay.trace import read_trace

CAPTURE = Path(__file__).parents[3] / "captures" / "kamailio-5.6.3-sipp-uac.pcap"
CALLS = 25  # more than were recorded


def test_calls_of_sipp_are_answered_by_what_was_recorded(kamailio, sipp):
    async def play():
        (session,) = sessions_of(read_trace(CAPTURE).frames)
        host, _, port = kamailio.seas.rpartition(":")
        plan = Schedule(Playing(level="headers"), Load(calls=CALLS), begin=10)
        async with ActionsToProxy(session, host=host, port=int(port), schedule=plan) as replay:
            assert await replay.there(10)
            calling = asyncio.to_thread(sipp("uac", calls=CALLS, service="service").run)
            result, called = await asyncio.gather(replay.play(), calling)
        assert (called.code, called.successful) == (0, CALLS), called.report
        assert (result.calls, result.sent, result.compared) == (CALLS, 3 * CALLS, 3 * CALLS)
        assert result.differences == []
        assert result.is_same

    asyncio.run(asyncio.wait_for(play(), 60))
    assert kamailio.troubles == []
