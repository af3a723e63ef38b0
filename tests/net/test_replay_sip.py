"""Recorded calls over real sockets, against a small SIP server in the same process."""

from __future__ import annotations

import asyncio
import hashlib
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seastool.net.replay_sip import (
    SipPeer,
    SipReplay,
    SipReplayOptions,
    Unreachable,
    replay_sip,
)
from seastool.net.sip import SipPorts, SipSocket, Unresolvable
from seastool.net.sip.target import Place
from seastool.replay.playing import Load, Playing
from seastool.replay.rewriting import Credentials
from seastool.sip.hop import TCP, UDP, Hop
from seastool.sip.parts import cseq, header, start_line, status
from seastool.sip.reasons import reason_of
from seastool.sip.reply import respond

sys.path.insert(0, str(Path(__file__).parents[1] / "replay"))
from transcripts import BASIC, recorded

FAST = Playing(speed=float("inf"), wait=2.0, settle=0.02)
Answers = dict[str, list[int]]
CALLEE: Answers = {"INVITE": [100, 180, 200], "BYE": [200], "OPTIONS": [200]}


class Server:
    """Answers each request with some statuses, over UDP and TCP.

    behave: told each request and gives headers, or None for no answer at all.
    """

    def __init__(
        self,
        answers: Answers | None = None,
        host: str = "127.0.0.1",
        behave: Callable[[bytes, int], str | None] = lambda request, status: "",
    ) -> None:
        self.answers = answers or CALLEE
        self.behave = behave
        self.look: Callable[[bytes], object] = lambda request: None
        self.received: list[bytes] = []
        self.ports = SipPorts([SipSocket(UDP, host, 0), SipSocket(TCP, host, 0)], self)

    async def __aenter__(self) -> Server:
        await self.ports.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.ports.close()

    def peer(self, protocol: int = UDP) -> SipPeer:
        one = next(one for one in self.ports.sockets if one.protocol == protocol)
        return SipPeer(one.host, one.port, protocol)

    @property
    def methods(self) -> list[str]:
        return [start_line(data)[0] for data in self.received]

    def sip_received(self, data: bytes, hop: Hop) -> None:
        self.received.append(data)
        method = start_line(data)[0]
        if status(data) or method == "ACK":
            return
        self.look(data)
        for code in self.answers.get(method, [405]):
            headers = self.behave(data, code)
            if headers is None:
                return
            tag = b"now" if code > 100 else b""
            contact = f"Contact: <sip:bob@{hop.local_port}.example>\r\n{headers}"
            phrase = reason_of(code).encode()
            self.ports.send(respond(data, code, phrase, tag=tag, headers=contact.encode()), hop)

    def sip_failed(self, data: bytes, hop: Hop, reason: str) -> None:
        """Nobody cares."""

    def sip_wrong(self, what: str, hop: Hop | None) -> None:
        raise AssertionError(what)


def run(work: object) -> None:
    asyncio.run(asyncio.wait_for(work, 20))  # type: ignore[arg-type]


@pytest.mark.parametrize("protocol", [UDP, TCP])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_calls_as_recorded(protocol: int, host: str) -> None:
    async def work() -> None:
        async with Server(host=host) as server:
            options = SipReplayOptions(playing=FAST, load=Load(calls=30, rate=1000.0))
            result = await replay_sip([recorded(*BASIC)], server.peer(protocol), options)
            assert result.is_same
            assert (result.calls, result.sent, result.compared) == (30, 90, 120)
            assert sorted(server.methods) == ["ACK"] * 30 + ["BYE"] * 30 + ["INVITE"] * 30
            assert len({header(data, "Call-ID") for data in server.received}) == 30
            transport = "TCP" if protocol == TCP else "UDP"
            assert (header(server.received[0], "Via") or "").startswith(f"SIP/2.0/{transport} ")

    run(work())


def test_one_changed_response_is_that_difference() -> None:
    async def work() -> None:
        async with Server({**CALLEE, "INVITE": [100, 183, 200]}) as server:
            found = []
            options = SipReplayOptions(playing=FAST)
            async with SipReplay(
                [recorded(*BASIC)], server.peer(), options, on_difference=found.append
            ) as replay:
                result = await replay.play()
            assert [one.what for one in result.differences] == ["different"]
            assert result.differences == found
            assert result.differences[0].step == 3

    run(work())


def test_what_is_lost_on_udp_is_sent_again() -> None:
    async def work() -> None:
        seen: set[bytes] = set()

        def behave(request: bytes, code: int) -> str | None:
            if request in seen:
                return ""
            seen.add(request)
            return None

        async with Server(behave=behave) as server:
            result = await replay_sip(
                [recorded(*BASIC)], server.peer(), SipReplayOptions(playing=FAST)
            )
            assert result.is_same
            assert server.methods == ["INVITE", "INVITE", "ACK", "BYE", "BYE"]

    run(work())


def test_a_challenge_of_now_is_met() -> None:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    def value(name: str, text: str) -> str:
        found = re.search(rf'\b{name}="?([^",]+)', text)
        assert found, (name, text)
        return found[1]

    def look(request: bytes) -> None:
        given = header(request, "Authorization") or ""
        if 'nonce="now"' in given:
            secret, asked = md5("alice:here:secret"), md5(f"REGISTER:{value('uri', given)}")
            nc, cnonce = value("nc", given), value("cnonce", given)
            if value("response", given) == md5(f"{secret}:now:{nc}:{cnonce}:auth:{asked}"):
                servers[-1].answers["REGISTER"] = [200]

    old = 'Digest username="alice", realm="r", nonce="then", uri="sip:x", response="00"'
    lines = ("> REGISTER", "< 401", f"> REGISTER Authorization: {old}", "< 200")

    async def work() -> None:
        for credentials, is_same in ((None, False), (Credentials(b"alice", b"secret"), True)):
            servers.append(Server({"REGISTER": [401]}, behave=lambda request, code: challenge))
            servers[-1].look = look
            async with servers[-1] as server:
                options = SipReplayOptions(playing=FAST, credentials=credentials)
                notes: list[str] = []
                async with SipReplay(
                    [recorded(*lines)], server.peer(), options, on_note=notes.append
                ) as replay:
                    result = await replay.play()
                assert result.is_same is is_same, (result, notes)
                assert any("--user" in note for note in notes) is not is_same

    challenge = 'WWW-Authenticate: Digest realm="here", nonce="now", qop="auth"\r\n'
    servers: list[Server] = []
    run(work())


def test_requests_of_the_server_are_answered() -> None:
    async def work() -> None:
        async with Server() as server:

            def behave(request: bytes, code: int) -> str:
                if start_line(request)[0] == "INVITE" and code == 200:
                    asyncio.get_running_loop().call_later(0.05, hang_up, request)
                return ""

            def hang_up(invite: bytes) -> None:
                via = header(invite, "Via") or ""
                found = re.search(r" [^;]*:([0-9]+);", via)
                assert found
                one = server.peer()
                bye = (
                    f"BYE sip:alice@127.0.0.1 SIP/2.0\r\n"
                    f"Via: SIP/2.0/UDP {one.host}:{one.port};branch=z9hG4bKbye\r\n"
                    f"From: {header(invite, 'To')};tag=now\r\nTo: {header(invite, 'From')}\r\n"
                    f"Call-ID: {header(invite, 'Call-ID')}\r\nCSeq: 3 BYE\r\n"
                    "Content-Length: 0\r\n\r\n"
                )
                hop = server.ports.hop_to(UDP, bytes((127, 0, 0, 1)), int(found[1]))
                server.ports.send(bye.encode(), hop)

            server.behave = behave
            lines = (*BASIC[:5], "< BYE", "> 200")
            result = await replay_sip(
                [recorded(*lines)], server.peer(), SipReplayOptions(playing=FAST)
            )
            assert result.is_same, result
            assert (status(server.received[-1]), cseq(server.received[-1])) == (200, (3, "BYE"))

    run(work())


@pytest.mark.parametrize("protocol", [UDP, TCP])
def test_nobody_listens(protocol: int) -> None:
    async def work() -> None:
        async with Server() as server:
            peer = server.peer(protocol)
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1:\d+: connection refused"):
            await replay_sip([recorded(*BASIC)], peer, SipReplayOptions(playing=FAST))

    run(work())


def test_nobody_answers() -> None:
    async def work() -> None:
        async with Server(behave=lambda request, code: None) as server:
            options = SipReplayOptions(playing=Playing(wait=0.2, settle=0.01, speed=1e9))
            with pytest.raises(Unreachable, match="nothing came back"):
                await replay_sip([recorded(*BASIC)], server.peer(), options)

    run(work())


class Names:
    """A resolver that finds these."""

    def __init__(self, *places: Place) -> None:
        self._places = list(places)

    async def places(self, uri: bytes) -> list[Place]:
        return self._places

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("protocol", [UDP, TCP])
def test_the_next_address_is_tried(protocol: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody listens, and where nobody can be reached from here."""
    told: list[object] = []

    async def work() -> None:
        async with Server() as gone:
            closed = gone.peer(protocol).port
        async with Server() as server:
            port = server.peer(protocol).port
            v4, v6 = bytes((127, 0, 0, 1)), bytes(15) + b"\x01"
            places = [Place(protocol, v6, port), Place(protocol, v4, closed)]
            names = Names(*places, Place(protocol, v4, port), Place(protocol, v4, closed))
            monkeypatch.setattr("seastool.net.replay_sip.Resolver", lambda _: names)
            options = SipReplayOptions(
                playing=FAST, local=("127.0.0.1", 0), load=Load(calls=3, rate=1000.0)
            )
            peer = SipPeer("server.example", 5060, protocol)
            calls = [recorded(*BASIC)]
            async with SipReplay(calls, peer, options, on_difference=told.append) as replay:
                result = await replay.play()
            assert result.is_same, result
            assert (result.calls, told) == (3, [])
            assert server.methods.count("BYE") == 3

    run(work())


def test_no_address_left_is_told_with_the_last_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        async with Server() as gone:
            closed = gone.peer().port
        here = bytes((127, 0, 0, 1))
        names = Names(Place(UDP, here, closed), Place(UDP, bytes(15) + b"\x01", closed))
        monkeypatch.setattr("seastool.net.replay_sip.Resolver", lambda _: names)
        options = SipReplayOptions(playing=FAST, local=("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="::1 cannot be reached from 127"):
            await replay_sip([recorded(*BASIC)], SipPeer("server.example"), options)

    run(work())


def test_a_difference_is_told_though_there_are_more_addresses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[object] = []

    async def work() -> None:
        async with Server({**CALLEE, "INVITE": [486]}) as server:
            place = Place(UDP, bytes((127, 0, 0, 1)), server.peer().port)
            monkeypatch.setattr("seastool.net.replay_sip.Resolver", lambda _: Names(place, place))
            options = SipReplayOptions(playing=FAST)
            peer, calls = SipPeer("server.example"), [recorded(*BASIC)]
            async with SipReplay(calls, peer, options, on_difference=told.append) as replay:
                await replay.play()
            assert told == replay.result.differences
            assert told

    run(work())


def test_no_such_name_and_no_such_local_address() -> None:
    async def work() -> None:
        with pytest.raises(Unresolvable):
            await replay_sip([recorded(*BASIC)], SipPeer("no such name"))
        options = SipReplayOptions(local=("192.0.2.1", 0))
        with pytest.raises(OSError, match=r"192\.0\.2\.1"):
            await replay_sip([recorded(*BASIC)], SipPeer("127.0.0.1"), options)

    run(work())


def test_stopping_leaves_no_call_behind() -> None:
    async def work() -> None:
        async with Server({**CALLEE, "INVITE": [180], "CANCEL": [200]}) as server:
            options = SipReplayOptions(load=Load(calls=3, rate=1000.0))
            async with SipReplay([recorded(*BASIC)], server.peer(), options) as replay:
                asyncio.get_running_loop().call_later(0.2, replay.stop)
                result = await replay.play()
            assert sorted(server.methods) == ["CANCEL"] * 3 + ["INVITE"] * 3
            assert result.unfinished == 3
            assert not result.is_same

    run(work())


def test_the_same_seed_gives_the_same_messages() -> None:
    async def work() -> None:
        sent = []
        for _ in range(2):
            async with Server() as server:
                options = SipReplayOptions(playing=FAST, seed=7)
                await replay_sip([recorded("> OPTIONS", "< 200")], server.peer(), options)
                sent.append(header(server.received[0], "Call-ID"))
        assert sent[0] == sent[1]

    run(work())
