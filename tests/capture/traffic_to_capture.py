"""An endpoint that tells what happens to `Traffic`, and conversations that it has."""

from collections.abc import Iterator

from building import BIND, INFO, NAME, PING, PONG, event, reply

from seastool.capture.live import Traffic
from seastool.capture.records import Address
from seastool.capture.tcp_packets import DATAGRAM, SEGMENT
from seastool.seas.types import Socket

START_NS = 1_700_000_000_123_456_789
V4 = bytes((10, 0, 0, 2)), bytes((10, 0, 0, 1))
V6 = bytes(15) + b"\2", bytes(15) + b"\1"
PORTS = {Socket.EVENT: 5080, Socket.ACTION: 5081, None: 5060}
REQUEST = (
    b"INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK%d\r\n"
    b"From: <sip:a@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: %d\r\n"
    b"CSeq: 1 INVITE\r\nContent-Length: %d\r\n\r\n"
)
RESPONSE = REQUEST.replace(b"INVITE sip:bob@example.com SIP/2.0", b"SIP/2.0 200 OK", 1)


class Endpoint:
    """Tells several takers the same, each call a little later than the one before."""

    def __init__(self, *takers: Traffic) -> None:
        self.takers = takers
        self.now = START_NS
        self.links = 0

    def datagram(
        self, data: bytes, *, sent: bool, addresses: tuple[bytes, bytes] = V4, port: int = 5090
    ) -> None:
        local, remote = Address(addresses[1], 5060), Address(addresses[0], port)
        now = self.tick()
        for taker in self.takers:
            taker.datagram(local, remote, data, sent=sent, time_ns=now)

    def tick(self) -> int:
        self.now += 1_000_001
        return self.now


class Link:
    """A connection of the endpoint, of SIP if there is no `socket`. Each gets the next number and
    client port; `from_as` is from whom has connected."""

    def __init__(
        self,
        endpoint: Endpoint,
        socket: Socket | None,
        *,
        openser: bool = False,
        addresses: tuple[bytes, bytes] = V4,
        number: int = 0,
        client: int = 0,
    ) -> None:
        endpoint.links += 1
        self.number = number or 100 + endpoint.links
        self.endpoint = endpoint
        self.openser, self.socket = openser, socket
        app_server = Address(addresses[0], client or 40000 + self.number)
        proxy = Address(addresses[1], PORTS[socket])
        local, remote = (proxy, app_server) if openser else (app_server, proxy)
        for taker in endpoint.takers:
            taker.opened(
                self.number,
                local,
                remote,
                openser_is_local=openser,
                socket=socket,
                time_ns=endpoint.now,
            )

    def from_as(self, data: bytes, comment: str = "") -> None:
        self._data(data, not self.openser, comment)

    def from_proxy(self, data: bytes, comment: str = "") -> None:
        self._data(data, self.openser, comment)

    def _data(self, data: bytes, sent: bool, comment: str) -> None:
        now = self.endpoint.tick()
        for taker in self.endpoint.takers:
            taker.data(self.number, data, sent=sent, time_ns=now, comment=comment)

    def close(self, *, sent: bool = True, reset: bool = False) -> None:
        now = self.endpoint.tick()
        for taker in self.endpoint.takers:
            taker.closed(self.number, sent=sent, reset=reset, time_ns=now)


def pair(endpoint: Endpoint, **options: object) -> tuple[Link, Link]:
    """Both sockets, named, with socket info and a BIND."""
    links = [Link(endpoint, socket, **options) for socket in Socket]  # type: ignore[arg-type]
    for link in links:
        link.from_as(NAME)
    links[0].from_proxy(INFO)
    links[0].from_as(BIND)
    return links[0], links[1]


def whole(endpoint: Endpoint, **options: object) -> None:
    """A frame a write, both connections in turn, closed by this side and then by the other."""
    events, actions = pair(endpoint, **options)
    for number in range(20):
        events.from_proxy(event(number))
        actions.from_as(reply(number))
    events.from_proxy(PING)
    actions.from_as(PONG)
    for link in (events, actions):
        link.close()
        link.close(sent=False)


def byte_by_byte(endpoint: Endpoint, **options: object) -> None:
    links = [Link(endpoint, socket, **options) for socket in Socket]  # type: ignore[arg-type]
    there = [NAME + BIND, NAME + reply(1) + PONG]
    back = [INFO + event(1) + PING, b""]
    for link, one, two in zip(links, there, back, strict=True):
        for at in range(max(len(one), len(two))):
            link.from_as(one[at : at + 1])
            link.from_proxy(two[at : at + 1])


def large_writes(endpoint: Endpoint, **options: object) -> None:
    """100 KB at a time and more, in both directions; frames lie across packets."""
    events, actions = pair(endpoint, **options)
    for size in (SEGMENT, SEGMENT + 1, 100_000, 2 * SEGMENT, 300_000):
        for link, frame in ((events, event), (actions, reply)):
            frames = b"".join(frame(number, 901) for number in range(size // 901 - 1))
            frames += frame(7, size - len(frames))
            assert len(frames) == size
            (link.from_proxy if link is events else link.from_as)(frames)


def one_way(endpoint: Endpoint) -> None:
    """More than a window's worth of bytes that nothing answers."""
    events, _ = pair(endpoint)
    frames = b"".join(event(number, 2000) for number in range(30))
    for _ in range(150):
        events.from_proxy(frames)


def reset(endpoint: Endpoint, **options: object) -> None:
    """Reset by the other side, then the same ports again, reset by this side."""
    for sent in (False, True):
        link = Link(endpoint, Socket.EVENT, number=90, client=49152, **options)  # type: ignore[arg-type]
        link.from_as(NAME)
        link.from_proxy(INFO)
        link.from_proxy(event(3))
        link.close(sent=sent, reset=True)
        link.from_proxy(event(4))  # cannot pass any more


def half_close(endpoint: Endpoint, **options: object) -> None:
    """The application server writes no more; the proxy goes on for a while."""
    events, _ = pair(endpoint, **options)
    events.close(sent=not events.openser)
    events.from_as(PING)  # cannot pass any more
    for number in range(3):
        events.from_proxy(event(number))
    events.close(sent=events.openser)
    events.close(sent=events.openser)


def cut_off(endpoint: Endpoint) -> None:
    """Closed in the middle of a frame, and bytes that are no frame."""
    events, actions = pair(endpoint)
    events.from_proxy(event(1) + event(2)[:50])
    actions.from_as(reply(1) + b"\xff" * 30 + reply(2))
    actions.from_as(reply(3)[:9])
    for link in (events, actions):
        link.close(sent=link is events)
        link.close(sent=link is actions)


def sip(form: bytes, number: int, size: int = 0) -> bytes:
    """A message with a body."""
    return form % (number, number, size) + b"v" * size


def sip_datagrams(endpoint: Endpoint, **options: object) -> None:
    """Messages of all lengths, odd and even, up to the longest; and datagrams that are none."""
    for number in range(40):
        endpoint.datagram(sip(REQUEST, number, number), sent=False, **options)  # type: ignore[arg-type]
        endpoint.datagram(sip(RESPONSE, number), sent=True, **options)  # type: ignore[arg-type]
    longest = DATAGRAM - len(sip(REQUEST, 50)) - 4
    endpoint.datagram(sip(REQUEST, 50, longest), sent=True, **options)  # type: ignore[arg-type]
    for data in (b"", b"\r\n\r\n", b"\0\0\0\0", b"neither of the two"):
        endpoint.datagram(data, sent=False, **options)  # type: ignore[arg-type]
    endpoint.datagram(bytes(DATAGRAM + 1), sent=True, **options)  # type: ignore[arg-type]


def sip_over_tcp(endpoint: Endpoint, **options: object) -> None:
    """Several messages a write, one over several, keep-alives; then closed by this side first."""
    link = Link(endpoint, None, **options)  # type: ignore[arg-type]
    link.from_as(sip(REQUEST, 1))
    link.from_proxy(sip(RESPONSE, 1) + sip(RESPONSE, 2, 99))
    whole = sip(REQUEST, 3, 200_000)
    for at in range(0, len(whole), 30_000):
        link.from_as(whole[at : at + 30_000])
    link.from_as(b"\r\n\r\n")
    link.from_proxy(b"\r\n")
    link.from_as(sip(REQUEST, 4))
    link.close()
    link.from_as(sip(REQUEST, 5))
    link.close(sent=False)


def gateway(endpoint: Endpoint, **options: object) -> None:
    """SIP on one side and SEAS on the other, one after the other."""
    events, actions = pair(endpoint, **options)
    callers = [Link(endpoint, None, number=-number, client=30000 + number) for number in (1, 2)]
    for number in range(10):
        endpoint.datagram(sip(REQUEST, number), sent=False)
        events.from_proxy(event(number))
        callers[number % 2].from_as(sip(REQUEST, 100 + number))
        actions.from_as(reply(number))
        endpoint.datagram(sip(RESPONSE, number), sent=True)
        callers[number % 2].from_proxy(sip(RESPONSE, 100 + number))
    callers[0].close(reset=True)


def conversations() -> Iterator[tuple[str, object]]:
    for talk in (whole, byte_by_byte, large_writes, reset, half_close, sip_over_tcp):
        for openser in (False, True):
            for name, addresses in (("v4", V4), ("v6", V6)):
                side = "openser" if openser else "as"
                options = {"openser": openser, "addresses": addresses}
                yield f"{talk.__name__}-{side}-{name}", (talk, options)
    for name, addresses in (("v4", V4), ("v6", V6)):
        yield f"sip_datagrams-{name}", (sip_datagrams, {"addresses": addresses})
    yield "gateway", (gateway, {"openser": True})
    for talk in (one_way, cut_off):
        yield talk.__name__, (talk, {})
