"""Where URIs lead to, by a DNS server on loopback: RFC 3263 section 4, RFC 2782."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from name_server import NameServer

from seastool.errors import SeasError
from seastool.net.sip import Place, Resolver, Unresolvable
from seastool.net.sip import names as names_module
from seastool.net.sip import resolver as resolver_module
from seastool.net.sip.target import Target, read_target
from seastool.sip.hop import TCP, UDP

Records = dict[tuple[str, str], tuple[int, list[str]]]


def place(protocol: int, address: str, port: int = 5060) -> Place:
    return Place(protocol, ip_address(address).packed, port)


def asking(
    records: Records, script: Callable[[Resolver, NameServer], Awaitable[None]], **options
) -> None:
    """Run a script with a resolver that asks a server with these records."""

    async def run() -> None:
        async with NameServer(records) as server:
            resolver = Resolver([server.name], **{"seconds": 5.0, **options})
            try:
                await script(resolver, server)
            finally:
                await resolver.close()

    asyncio.run(run())


NUMERIC = {
    b"sip:127.0.0.1": place(UDP, "127.0.0.1"),
    b"sip:a:b@127.0.0.1:5070": place(UDP, "127.0.0.1", 5070),
    b"SIP:127.0.0.1;Transport=TCP": place(TCP, "127.0.0.1"),
    b"sip:[::1]": place(UDP, "::1"),
    b"sip:a@[2001:db8::1]:99;transport=tcp?subject=x": place(TCP, "2001:db8::1", 99),
    b"sip:a@example.com:77;maddr=10.0.0.1": place(UDP, "10.0.0.1", 77),
    b"sip:a@example.com;maddr=[::2];transport=udp": place(UDP, "::2"),
    b"sip:a;transport=tcp@10.0.0.9": place(UDP, "10.0.0.9"),
    b"sip:127.0.0.1:00005": place(UDP, "127.0.0.1", 5),
}


@pytest.mark.parametrize("uri", NUMERIC)
def test_a_numeric_host_is_a_place_at_once(uri: bytes) -> None:
    async def script(resolver: Resolver, server: NameServer) -> None:
        assert resolver.at_once(uri) == [NUMERIC[uri]]
        assert await resolver.places(uri) == [NUMERIC[uri]]
        assert resolver.at_once(uri) is resolver.at_once(uri)
        assert not server.asked

    asking({}, script)


WRONG = {
    b"": "is not a URI",
    b"hello": "is not a URI",
    b"sips:127.0.0.1": "is not a sip: URI",
    b"tel:+4930": "is not a sip: URI",
    b"sip:127.0.0.1;transport=tls": "transport that is not udp or tcp",
    b"sip:127.0.0.1;transport=\x1b[31m": "transport that is not udp or tcp",
    b"sip:127.0.0.1:0": "no port that there is",
    b"sip:127.0.0.1:65536": "no port that there is",
    b"sip:127.0.0.1:99999999999999999999999": "no port that there is",
    b"sip:1.2.3": "no address and no name",
    b"sip:127.1": "no address and no name",
    b"sip:0x7f.0x1": "no address and no name",
    b"sip:2130706433": "no address and no name",
    b"sip:a..b": "no address and no name",
    b"sip:\xff\xfe": "no address and no name",
    b"sip:" + b"a" * 64 + b".com": "no address and no name",
    b"sip:" + b"a." * 130 + b"com": "no address and no name",
    b"sip:[::1": "is not a URI",
    b"sip:[::g]": "no address and no name",
}


@pytest.mark.parametrize("uri", WRONG)
def test_what_leads_nowhere_is_refused_in_one_line(uri: bytes) -> None:
    async def script(resolver: Resolver, server: NameServer) -> None:
        assert resolver.at_once(uri) is None
        with pytest.raises(Unresolvable, match=WRONG[uri]) as caught:
            await resolver.places(uri)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 400
        assert not server.asked

    asking({}, script)


def read_or_refuse(uri: bytes) -> Place | Target | str:
    try:
        return read_target(uri)
    except SeasError as error:
        return str(error)


@given(st.binary(max_size=60) | st.binary(max_size=40).map(lambda end: b"sip:" + end))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_place_or_a_name_or_an_error(uri: bytes) -> None:
    found = read_or_refuse(uri)
    if isinstance(found, str):
        assert found.isprintable()
    else:
        assert found.protocol in ((UDP, TCP) if isinstance(found, Place) else (0, UDP, TCP))
        assert 0 <= found.port < 1 << 16


RECORDS: Records = {
    ("example.com", "A"): (60, ["10.0.0.1", "10.0.0.2"]),
    ("example.com", "AAAA"): (60, ["2001:db8::1"]),
    ("_sip._udp.served.com", "SRV"): (60, ["20 0 5062 b.served.com.", "10 0 5061 a.served.com."]),
    ("_sip._tcp.served.com", "SRV"): (60, ["1 0 5063 a.served.com."]),
    ("served.com", "A"): (60, ["10.9.9.9"]),
    ("a.served.com", "A"): (60, ["10.0.1.1"]),
    ("b.served.com", "AAAA"): (60, ["2001:db8::2"]),
    ("_sip._tcp.tcp.com", "SRV"): (60, ["1 0 5063 a.served.com."]),
    ("tcp.com", "A"): (60, ["10.0.2.1"]),
    ("alias.com", "CNAME"): (60, ["example.com."]),
    ("_sip._udp.none.com", "SRV"): (60, ["0 0 0 ."]),
    ("none.com", "A"): (60, ["10.0.3.1"]),
    ("_sip._udp.lost.com", "SRV"): (60, ["0 0 5060 nowhere.served.com."]),
    ("lost.com", "A"): (60, ["10.0.3.1"]),
    ("under_score.example.com", "A"): (60, ["10.0.4.1"]),
}
EXAMPLE = ["10.0.0.1", "10.0.0.2", "2001:db8::1"]
LED: dict[bytes, list[Place]] = {
    b"sip:bob@example.com": [place(UDP, one) for one in EXAMPLE],
    b"sip:bob@EXAMPLE.com.": [place(UDP, one) for one in EXAMPLE],
    b"sip:bob@example.com:5070": [place(UDP, one, 5070) for one in EXAMPLE],
    b"sip:bob@example.com;transport=tcp": [place(TCP, one) for one in EXAMPLE],
    b"sip:bob@10.1.1.1;maddr=example.com": [place(UDP, one) for one in EXAMPLE],
    b"sip:alias.com": [place(UDP, one) for one in EXAMPLE],
    b"sip:under_score.example.com": [place(UDP, "10.0.4.1")],
    # SRV: by priority, UDP first where the URI leaves it open.
    b"sip:served.com": [
        place(UDP, "10.0.1.1", 5061),
        place(UDP, "2001:db8::2", 5062),
        place(TCP, "10.0.1.1", 5063),
    ],
    b"sip:served.com;transport=tcp": [place(TCP, "10.0.1.1", 5063)],
    b"sip:served.com:5060": [place(UDP, "10.9.9.9")],  # a port: no SRV
    b"sip:tcp.com": [place(TCP, "10.0.1.1", 5063)],
    b"sip:tcp.com;transport=udp": [place(UDP, "10.0.2.1")],
}


@pytest.mark.parametrize("uri", LED)
def test_a_name_leads_where_its_records_say(uri: bytes) -> None:
    async def script(resolver: Resolver, server: NameServer) -> None:
        assert resolver.at_once(uri) is None
        found = await resolver.places(uri)
        # Addresses of one record set have no order of their own.
        assert sorted(found) == sorted(LED[uri])
        by_way = [(one.protocol, one.port, len(one.address)) for one in found]
        assert by_way == [(one.protocol, one.port, len(one.address)) for one in LED[uri]]
        asked = server.asked.total()
        assert sorted(resolver.at_once(uri) or []) == sorted(LED[uri])
        await resolver.places(uri)
        await resolver.places(uri.replace(b"sip:", b"sip:someone.else@").replace(b"bob@", b""))
        assert server.asked.total() == asked

    asking(RECORDS, script)


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        (b"sip:nothing.invalid", "nothing.invalid has no address"),
        (b"sip:none.com;transport=udp", "offers no SIP"),
        (b"sip:lost.com", "offers no SIP"),
    ],
)
def test_a_name_that_leads_nowhere_is_told_and_not_asked_for_again(uri: bytes, why: str) -> None:
    async def script(resolver: Resolver, server: NameServer) -> None:
        for _ in range(2):
            with pytest.raises(Unresolvable, match=why):
                await resolver.places(uri)
            asked = server.asked.copy()
        assert set(server.asked.values()) == {1}
        assert server.asked == asked
        assert resolver.at_once(uri) is None

    asking(RECORDS, script)


def test_services_of_one_priority_are_drawn_by_weight() -> None:
    records: Records = {
        ("_sip._udp.many.com", "SRV"): (
            60,
            ["1 70 1 a.com.", "1 30 2 a.com.", "1 0 3 a.com.", "2 90 4 a.com."],
        ),
        ("a.com", "A"): (60, ["10.0.0.1"]),
    }

    async def script(resolver: Resolver, _: NameServer) -> None:
        uri = b"sip:many.com;transport=udp"
        first: Counter[int] = Counter()
        await resolver.places(uri)
        for _ in range(1_000):
            found = [one.port for one in resolver.at_once(uri) or []]
            assert sorted(found) == [1, 2, 3, 4]
            assert found[3] == 4
            first[found[0]] += 1
        assert 620 < first[1] < 770
        assert 230 < first[2] < 370
        assert 0 < first[3] < 40

    asking(records, script, chance=random.Random(5))


def test_the_machine_knows_names_that_dns_does_not() -> None:
    async def script(resolver: Resolver, server: NameServer) -> None:
        home = place(UDP, "127.0.0.1")
        assert home in await resolver.places(b"sip:localhost")
        assert not server.asked  # RFC 6761
        assert place(TCP, "127.0.0.1", 99) in await resolver.places(
            b"sip:a@LOCALHOST:99;transport=tcp"
        )

    asking({}, script)


def test_a_name_in_the_hosts_file_is_asked_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(resolver: Resolver, server: NameServer) -> None:
        loop = asyncio.get_running_loop()
        asked = []

        async def getaddrinfo(host, port, **options):
            asked.append(host)
            return [(10, 2, 17, "", ("fe80::1%lo", 0, 0, 1)), (2, 2, 17, "", ("10.0.0.7", 0))]

        monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
        assert await resolver.places(b"sip:gateway.lan:5060") == [
            place(UDP, "10.0.0.7"),
            place(UDP, "fe80::1"),
        ]
        assert asked == ["gateway.lan"]
        assert server.asked["gateway.lan", "A"] == 1

    asking({}, script)


def test_records_are_kept_as_long_as_they_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(resolver: Resolver, server: NameServer) -> None:
        loop = asyncio.get_running_loop()
        later = [0.0]
        time = loop.time
        monkeypatch.setattr(loop, "time", lambda: time() + later[0])
        uri = b"sip:short.com:5060"
        assert await resolver.places(uri) == [place(UDP, "10.0.0.1")]
        server.records["short.com", "A"] = 20, ["10.0.0.2"]
        later[0] = 19
        assert resolver.at_once(uri) == [place(UDP, "10.0.0.1")]
        later[0] = 21
        assert resolver.at_once(uri) is None
        assert await resolver.places(uri) == [place(UDP, "10.0.0.2")]

    asking({("short.com", "A"): (20, ["10.0.0.1"])}, script)


def test_many_who_ask_for_the_same_ask_once() -> None:
    async def script(resolver: Resolver, server: NameServer) -> None:
        server.delay = 0.02
        uris = [b"sip:%d@example.com:5060" % number for number in range(50)]
        found = await asyncio.gather(*map(resolver.places, uris))
        assert {len(places) for places in found} == {3}
        assert server.asked == {("example.com", "A"): 1, ("example.com", "AAAA"): 1}

    asking(RECORDS, script)


def test_one_who_gives_up_does_not_take_the_answer_from_others() -> None:
    async def script(resolver: Resolver, server: NameServer) -> None:
        server.delay = 0.03
        one, other = (
            asyncio.create_task(resolver.places(b"sip:example.com:5060")) for _ in range(2)
        )
        await asyncio.sleep(0.01)
        one.cancel()
        assert len(await other) == 3
        assert one.cancelled()

    asking(RECORDS, script)


def test_queries_at_once_and_names_at_a_time_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names_module, "AT_ONCE", 4)
    monkeypatch.setattr(resolver_module, "MAX_ASKED", 20)
    monkeypatch.setattr(resolver_module, "MAX_KEPT", 8)
    records: Records = {(f"h{number}.com", "A"): (60, ["10.0.0.1"]) for number in range(25)}

    async def script(resolver: Resolver, server: NameServer) -> None:
        server.delay = 0.005
        uris = [b"sip:h%d.com:5060" % number for number in range(25)]
        found = await asyncio.gather(*map(resolver.places, uris), return_exceptions=True)
        refused = [one for one in found if isinstance(one, Unresolvable)]
        assert len(refused) == 5
        assert "too many names" in str(refused[0])
        assert server.most_at_once <= 4
        assert len(resolver._found) <= 8
        assert len(resolver._targets) <= 8

    asking(records, script, seconds=3)


def test_a_silent_server_costs_no_more_than_the_time_there_is() -> None:
    async def script(resolver: Resolver, server: NameServer) -> None:
        server.silent = True
        begin = asyncio.get_running_loop().time()
        with pytest.raises(Unresolvable, match=r"slow\.invalid"):
            await resolver.places(b"sip:slow.invalid")
        assert asyncio.get_running_loop().time() - begin < 5
        server.silent = False
        assert await resolver.places(b"sip:tcp.com:1") == [place(UDP, "10.0.2.1", 1)]

    asking(RECORDS, script, seconds=0.1)


def test_a_server_that_fails_is_told() -> None:
    async def script(resolver: Resolver, server: NameServer) -> None:
        server.failing = True
        with pytest.raises(Unresolvable, match=r"broken\.invalid"):
            await resolver.places(b"sip:broken.invalid:5060")

    asking({}, script, seconds=0.2)


def test_noise_from_the_server_is_passed_over() -> None:
    async def script(resolver: Resolver, server: NameServer) -> None:
        server.noise = [b"", b"\0", bytes(12), b"\xff" * 40]
        assert len(await resolver.places(b"sip:example.com:5060")) == 3

    asking(RECORDS, script, seconds=2)


def test_many_records_are_cut_off() -> None:
    records: Records = {
        ("wide.com", "A"): (60, [f"10.0.1.{number}" for number in range(1, 40)]),
        ("_sip._udp.deep.com", "SRV"): (60, [f"{n} 0 {n} a.com." for n in range(1, 25)]),
        ("a.com", "A"): (60, ["10.0.0.1"]),
    }

    async def script(resolver: Resolver, _: NameServer) -> None:
        wide = await resolver.places(b"sip:wide.com:5060")
        assert len(wide) == names_module.MAX_ADDRESSES
        deep = await resolver.places(b"sip:deep.com;transport=udp")
        assert [one.port for one in deep] == list(range(1, names_module.MAX_SERVICES + 1))

    asking(records, script, seconds=2)


@pytest.mark.parametrize("text", ["dns.example.com", "1.2.3.4:x", "1.2.3.4:0", "[::1]:70000", ""])
def test_a_name_server_is_an_address(text: str) -> None:
    with pytest.raises(Unresolvable, match="is not an IP address"):
        Resolver([text])


@pytest.mark.parametrize("text", ["127.0.0.1", "127.0.0.1:5353", "::1", "[::1]", "[::1]:53"])
def test_a_name_server_may_have_a_port(text: str) -> None:
    assert Resolver([text])._names._servers[0][0] in ("127.0.0.1", "::1")


def test_closing_ends_what_is_asked() -> None:
    async def script(resolver: Resolver, server: NameServer) -> None:
        server.silent = True
        task = asyncio.create_task(resolver.places(b"sip:example.com"))
        await asyncio.sleep(0.01)
        await resolver.close()
        with pytest.raises(Unresolvable, match="closed"):
            await task

    asking({}, script, seconds=20)
