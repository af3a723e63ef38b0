"""The application server's side: opening, binding, pings, trying again, finding the layout."""

from __future__ import annotations

import pytest
from joined import KAMAILIO, OPENSER, TCP, UDP, Joined, a_listener, an_app_server

from seastool.errors import LocalProtocolError
from seastool.seas.builder import build_event
from seastool.seas.connection.app_server import State, Timing
from seastool.seas.connection.app_server_events import Lost, Ready, Received
from seastool.seas.connection.commands import CloseBoth, Open, Write
from seastool.seas.connection.layout_probe import PROBE_ID, PROBE_ID_IN_A
from seastool.seas.connection.openser_events import Paired, PingPlan
from seastool.seas.frames import AcResFail, Bind, JainPong, Reply, Unbind
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import ListeningSocket
from seastool.seas.types import EventType, Layout, Socket

OPTIONS = (
    b"OPTIONS sip:bob@example.com SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK1\r\n"
    b"From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\n"
    b"Call-ID: a\r\nCSeq: 1 OPTIONS\r\nContent-Length: 3\r\n\r\nabc"
)


def writes(joined: Joined, socket: Socket) -> list[Write]:
    return [write for write in joined.written if write.socket is socket]


def actions(joined: Joined, kind: type) -> list:
    from seastool.seas.connection.openser_events import Received as Action

    return [e.frame for e in joined.of(Action, proxy=True) if isinstance(e.frame, kind)]


def ready(**options) -> Joined:
    joined = Joined(**options)
    joined.run(1.5)
    assert joined.server.state is State.READY
    return joined


def test_the_opening_keeps_connects_and_names_apart() -> None:
    server = an_app_server()
    seen: list[tuple[float, object]] = []
    server.start(0.0)
    now = 0.0
    for _ in range(20):
        for command in server.commands():
            told = command.socket if isinstance(command, Open | Write) else None
            seen.append((round(now, 3), (type(command), told)))
            if isinstance(command, Open):
                server.connected(command.socket, now)
        timer = server.get_timer()
        if timer is None or timer > 1:
            break
        now = timer
        server.handle_timer(now)
    assert seen == [
        (0.0, (Open, Socket.EVENT)),
        (0.1, (Write, Socket.EVENT)),
        (0.2, (Open, Socket.ACTION)),
        (0.3, (Write, Socket.ACTION)),
    ]


def test_it_binds_to_every_address_one_write_each() -> None:
    other = ListeningSocket(protocol=2, name=b"x", address=b"127.0.0.2", port=5070)
    joined = ready(proxy=a_listener(sockets=[UDP, TCP, other]))
    info = joined.of(Ready)[0]
    assert info.bound == [UDP, TCP, other]
    binds = actions(joined, Bind)
    assert [(b.processor_id, b.address, b.protocol, b.port) for b in binds] == [
        (1, b"\x7f\0\0\1", 1, 5060),
        (2, b"\x7f\0\0\2", 2, 5070),
    ]
    assert [w.kind for w in writes(joined, Socket.EVENT)] == [
        UnitKind.NAME,
        UnitKind.FRAME,
        UnitKind.FRAME,
    ]


@pytest.mark.parametrize("layout_of", [KAMAILIO, OPENSER])
def test_an_undecided_bind_reads_the_same_in_both_layouts(layout_of) -> None:
    proxy = a_listener(layout_of, fix_layout=True)
    joined = ready(server=an_app_server(processor_id=5), proxy=proxy)
    assert [(b.processor_id, b.address, b.port) for b in actions(joined, Bind)] == [
        (5, b"\x7f\0\0\1", 5060),
    ]


@pytest.mark.parametrize("dialect", [KAMAILIO, OPENSER])
def test_a_given_dialect_is_written_exactly(dialect) -> None:
    joined = ready(server=an_app_server(dialect), proxy=a_listener(dialect, sockets=[UDP]))
    bind = writes(joined, Socket.EVENT)[1].data.hex()
    wanted = {
        Layout.B: "00000013060100000000" + "02047f0000010113c4",
        Layout.A: "00000013060000000001" + "02047f0000010113c4",
    }
    assert bind == wanted[dialect.layout]


def test_it_binds_to_the_chosen_sockets_and_to_ten_at_most() -> None:
    many = [
        ListeningSocket(protocol=1, name=b"x", address=b"10.0.0.%d" % i, port=5060)
        for i in range(12)
    ]
    joined = ready(proxy=a_listener(sockets=many))
    assert len(actions(joined, Bind)) == 10
    assert "12 addresses to bind to" in joined.remarks()[0]
    joined = ready(server=an_app_server(chosen=lambda one: one.protocol == 2))
    assert [b.protocol for b in actions(joined, Bind)] == [2]


def test_what_cannot_be_bound_is_left_out() -> None:
    ws = ListeningSocket(protocol=5, name=b"x", address=b"127.0.0.1", port=80)
    joined = ready(proxy=a_listener(sockets=[ws]))
    assert not actions(joined, Bind)
    assert "bound to no socket" in joined.remarks()[0]
    assert joined.remarks()[0].endswith("it listens on ws:127.0.0.1:80")


@pytest.mark.parametrize("text", [b"::1", b"[0:0:0:0:0:0:0:1]", b"0:0:0:0:0:0:0:1"])
def test_ipv6_in_each_spelling_of_real_proxies(text: bytes) -> None:
    six = ListeningSocket(protocol=1, name=text, address=text, port=5060)
    bind = actions(ready(proxy=a_listener(sockets=[six])), Bind)[0]
    assert (bind.family, bind.address) == (10, bytes(15) + b"\1")


def test_a_socket_whose_address_is_no_address_is_told_and_left_out() -> None:
    odd = ListeningSocket(protocol=1, name=b"x", address=b"\xffnowhere\x1b[2J", port=5060)
    joined = ready(proxy=a_listener(sockets=[odd, UDP]))
    assert len(actions(joined, Bind)) == 1
    assert "nowhere" in joined.remarks()[0]
    assert "\x1b" not in joined.remarks()[0]


def test_pings_are_answered_on_the_action_socket() -> None:
    joined = ready(proxy=a_listener(pings=PingPlan(period=1.0, timeout=0.5)))
    joined.run(5)
    pongs = actions(joined, JainPong)
    assert [pong.sequence for pong in pongs] == list(range(1, len(pongs) + 1))
    assert len(pongs) >= 5
    assert joined.server.pings == len(pongs)
    assert joined.proxy.peers[b"app_server_1"].lost_pings == 0


@pytest.mark.parametrize("piece", [1, 2, 7, 1000])
def test_events_come_whole_however_they_are_cut(piece: int) -> None:
    joined = ready(piece=piece)
    frame = build_event(OPTIONS, KAMAILIO, type=EventType.T_REQ_IN, hash_index=7, label=8)
    peer = joined.proxy.peers[b"app_server_1"]
    for _ in range(3):
        joined.proxy.send_bytes(peer, Socket.EVENT, frame)
    joined.settle()
    assert [e.data for e in joined.of(Received)] == [frame] * 3


def test_it_tries_again_and_waits_longer_each_time() -> None:
    server = an_app_server(timing=Timing(retry=0.5, retry_most=2.0))
    server.start(0.0)
    now, waits = 0.0, []
    for _ in range(5):
        server.disconnected(Socket.EVENT, "connection refused", now)
        while (event := server.next_event()) and isinstance(event, Lost):
            waits.append(event.retry_in)
        assert server.get_timer() == now + waits[-1]
        now += waits[-1]
        server.handle_timer(now)
        assert server.commands()[-1] == Open(Socket.EVENT)
    assert waits == [0.5, 1.0, 2.0, 2.0, 2.0]


def test_a_restarted_proxy_is_bound_again() -> None:
    joined = ready()
    joined.proxy.close()
    joined.settle()
    lost = joined.of(Lost)[0]
    assert lost.retry_in == 0.5
    joined.run(3)
    assert joined.server.state is State.READY
    assert len(joined.of(Ready)) == 2
    assert len(joined.of(Paired, proxy=True)) == 2
    assert len(actions(joined, Bind)) == 2


def test_no_socket_info_is_a_failure_that_says_what_to_look_at() -> None:
    joined = Joined(proxy=a_listener(names=[b"another"]))
    joined.run(2.4)
    reason = joined.of(Lost)[0].reason
    assert "no socket info" in reason
    assert "'app_server_1'" in reason
    assert joined.wrongs() == ["unknown-name", "unknown-name"]


def test_leaving_takes_the_bindings_back() -> None:
    joined = ready()
    joined.server.close(joined.now)
    joined.settle()
    assert len(actions(joined, Unbind)) == 1
    assert joined.of(Lost)[-1] == Lost("closed", None)
    assert joined.server.get_timer() is None
    with pytest.raises(LocalProtocolError, match="no proxy is connected"):
        joined.server.send(Reply(hash_index=1, label=2, text=b"SIP/2.0 200 OK\r\n\r\n"))


def test_events_of_another_layout_change_the_layout_of_actions() -> None:
    joined = ready(proxy=a_listener(OPENSER))
    assert joined.server.dialect.layout is Layout.B
    peer = joined.proxy.peers[b"app_server_1"]
    joined.proxy.send_bytes(peer, Socket.EVENT, build_event(OPTIONS, OPENSER))
    joined.settle()
    assert joined.server.dialect.layout is Layout.A
    assert "reads layout A" in joined.remarks()[-1]
    sent = joined.server.send(Reply(hash_index=1, label=2, text=b"SIP/2.0 200 OK\r\n\r\n"))
    assert sent[17:24] == b"SIP/2.0"


def test_events_that_contradict_a_given_dialect_are_told_once() -> None:
    joined = ready(server=an_app_server(KAMAILIO), proxy=a_listener(OPENSER))
    peer = joined.proxy.peers[b"app_server_1"]
    for _ in range(3):
        joined.proxy.send_bytes(peer, Socket.EVENT, build_event(OPTIONS, OPENSER))
    joined.settle()
    told = [r for r in joined.remarks() if "BINDs" in r]
    assert len(told) == 1
    assert "leave --dialect out" in told[0]
    assert joined.server.dialect.layout is Layout.B


@pytest.mark.parametrize(("uac_id", "layout"), [(PROBE_ID, Layout.B), (PROBE_ID_IN_A, Layout.A)])
def test_the_probe_tells_the_layout(uac_id: int, layout: Layout) -> None:
    dialect = {Layout.A: OPENSER, Layout.B: KAMAILIO}[layout]
    joined = ready(server=an_app_server(probe=True), proxy=a_listener(dialect, fix_layout=True))
    from seastool.seas.frames import UacReq

    (probe,) = actions(joined, UacReq)
    assert probe.uac_id == uac_id  # what a proxy of that layout reads from the same bytes
    assert b"From: <sip:seastool-layout-probe@invalid>\r\n" in probe.text
    peer = joined.proxy.peers[b"app_server_1"]
    joined.proxy.send(peer, AcResFail(uac_id=uac_id, error=2, reason=b"From tag missing"))
    joined.settle()
    assert joined.server.dialect.layout is layout
    assert f"the proxy reads layout {layout}" in joined.remarks()[-1]
    assert not joined.of(Received)  # the answer is not the application's


def test_an_unanswered_probe_is_told() -> None:
    joined = ready(server=an_app_server(probe=True))
    joined.run(3)
    assert "did not answer the layout probe" in joined.remarks()[-1]


def test_a_long_silence_is_told_once() -> None:
    joined = ready(server=an_app_server(KAMAILIO))
    joined.run(60)
    told = [r for r in joined.remarks() if "no event for 15 s" in r]
    assert len(told) == 1
    assert "layout B" in told[0]
    assert "before as_relay_t(): remove_hf(" in told[0]


def test_odd_bytes_of_the_proxy_are_told_and_survived() -> None:
    joined = ready()
    peer = joined.proxy.peers[b"app_server_1"]
    joined.proxy.send_bytes(peer, Socket.EVENT, b"\0\0\0\x08\x02\1\0\0")
    joined.proxy.send_bytes(peer, Socket.EVENT, build_event(OPTIONS, KAMAILIO))
    joined.settle()
    assert joined.server.state is State.READY
    assert joined.remarks()
    assert len(joined.of(Received)) == 1


@pytest.mark.parametrize("processor_id", [0, 128])
def test_processor_ids_that_no_proxy_knows_are_refused(processor_id: int) -> None:
    with pytest.raises(LocalProtocolError, match="1 to 127"):
        an_app_server(processor_id=processor_id)


def test_a_failed_opening_closes_what_is_open() -> None:
    server = an_app_server()
    server.start(0.0)
    server.commands()
    server.connected(Socket.EVENT, 0.0)
    server.disconnected(Socket.EVENT, "reset", 0.05)
    assert server.commands() == [CloseBoth()]
    assert server.state is State.WAITING
    assert TCP.port == 5060
