"""A proxy, its application server and two phones on a stage, whose traffic goes into a capture.

The proxy is `seas.openser.Transactions` with the faults of the server that it is to be: what it
answers, and what it does not, is what that server does. Time is the stage's own.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import BytesIO
from ipaddress import ip_address

from seastool.capture.pcapng_writer import PcapngWriter
from seastool.capture.records import Address
from seastool.errors import SeasError
from seastool.seas.builder.event import Receive
from seastool.seas.codec import decode_frame, encode_frame
from seastool.seas.frames import Action, Bind, JainPong, Ping, Reply, SlMsg, UacReq
from seastool.seas.handshake import ListeningSocket, Name, SocketInfo
from seastool.seas.openser import (
    Acknowledged,
    Cancelled,
    Event,
    Failed,
    Replied,
    Requested,
    Settings,
    Stateless,
    Transactions,
    behave_like,
)
from seastool.seas.openser.identifiers import COOKIE
from seastool.seas.types import ActionType, Direction, Layout, Socket

START_NS = 1_790_000_000_000_000_000
PROXY, AS = ip_address("192.0.2.1").packed, ip_address("192.0.2.2").packed
CALLER = Address(ip_address("192.0.2.10").packed, 5070)
CALLEE = Address(ip_address("192.0.2.11").packed, 5072)
SIP = Address(PROXY, 5060)
NAME = b"app_server_1"
EVENT_PORT, ACTION_PORT = 5080, 5081
SDP = b"v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"


class Numbers:
    """Identifiers that are the same each time."""

    def __init__(self) -> None:
        self.count = 0

    def hash_index(self, call_id: bytes, cseq: bytes) -> int:
        return 1000 + len(call_id)

    def label(self, hash_index: int) -> int:
        self.count += 1
        return 0x40000000 + self.count

    def branch(self, hash_index: int, label: int) -> bytes:
        return COOKIE + b"p%x.%x" % (hash_index, label)

    def tag(self) -> bytes:
        return b"proxytag"

    def draw(self, k: int) -> int:
        return 7


def request(
    method: str = "OPTIONS",
    *,
    call: str = "call-1",
    cseq: int = 2,
    uri: str = "sip:bob@192.0.2.1",
    branch: str = "",
    to_tag: str = "",
    from_tag: str = "a1",
    length: str = "Content-Length: {}\r\n",
    more: str = "",
    body: bytes = SDP,
    cseq_method: str = "",
) -> bytes:
    """A request of the caller's, with a body unless told."""
    branch = branch or f"z9hG4bK-{call}-{cseq}-{method.lower()}"
    head = (
        f"{method} {uri} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 192.0.2.10:5070;branch={branch}\r\n"
        f"From: <sip:alice@example.com>{';tag=' + from_tag if from_tag else ''}\r\n"
        f"To: <sip:bob@example.com>{';tag=' + to_tag if to_tag else ''}\r\n"
        f"Call-ID: {call}\r\nCSeq: {cseq} {cseq_method or method}\r\n"
        "Max-Forwards: 70\r\nContact: <sip:alice@192.0.2.10:5070>\r\n"
        f"{more}"
    )
    if body:
        head += "Content-Type: application/sdp\r\n"
    return (head + length.format(len(body)) + "\r\n").encode() + body


def response(
    sip: bytes, status: int, reason: str = "OK", *, to_tag: str = "b1", more: str = ""
) -> bytes:
    """A response to a request, of the application server's or the callee's."""
    lines = sip.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    kept = [
        line
        for line in lines
        if line.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq", "Record-Route")
    ]
    tagged = [
        f"{line};tag={to_tag}" if line.startswith("To:") and to_tag and "tag=" not in line else line
        for line in kept
    ]
    return ("\r\n".join([f"SIP/2.0 {status} {reason}", *tagged]) + f"\r\n{more}\r\n").encode()


class Stage:
    """The scene. `finish` gives the file."""

    def __init__(
        self,
        server: str = "kamailio-5.6.3",
        *,
        settings: Settings | None = None,
        ports: tuple[int, ...] = (5060,),
    ) -> None:
        self.file = BytesIO()
        self.now = 0.0
        self._writer = PcapngWriter(self.file, application="seastool tests")
        self.behaviour = behave_like(server)
        self.layout = self.behaviour.dialect.layout
        host = b"192.0.2.1"
        self.listening = [
            ListeningSocket(protocol=1, name=host, address=host, port=port) for port in ports
        ]
        self.proxy = Transactions(
            Numbers(), behaviour=self.behaviour, sockets=self.listening, settings=settings
        )
        self.connected = False
        self.events: list = []
        self.sent: list[bytes] = []

    def finish(self) -> bytes:
        """The file, with a keep-alive as its last packet: it shows how long was captured."""
        self._writer.datagram(SIP, CALLER, bytes(4), sent=False, time_ns=self.time_ns)
        return self.file.getvalue()

    @property
    def time_ns(self) -> int:
        self.now += 0.0005
        return START_NS + round(self.now * 1e9)

    def wait(self, seconds: float) -> None:
        """Let time pass: the proxy's timers do what they do."""
        end = self.now + seconds
        while (due := self.proxy.get_timer()) is not None and due <= end:
            self.now = max(self.now, due)
            self.follow(self.proxy.handle_timer(self.now))
        self.now = end

    # Connections.

    def connect(self, number: int, port: int, *, host: bytes = AS) -> None:
        self._writer.opened(
            number,
            Address(PROXY, port),
            Address(host, 40000 + number),
            openser_is_local=True,
            socket=Socket.EVENT,
            time_ns=self.time_ns,
        )

    def say(self, number: int, data: bytes) -> None:
        """The application server writes."""
        self._writer.data(number, data, sent=False, time_ns=self.time_ns)

    def hear(self, number: int, data: bytes) -> None:
        """The proxy writes."""
        self._writer.data(number, data, sent=True, time_ns=self.time_ns)

    def close(self, number: int, *, by_proxy: bool = False, reset: bool = False) -> None:
        self._writer.closed(number, sent=by_proxy, reset=reset, time_ns=self.time_ns)

    def name(self, number: int, name: bytes = NAME) -> None:
        self.say(number, Name(name=name).encode())

    def open(self, *, name: bytes = NAME, bind: bool = True) -> None:
        """Both sockets, as it should be."""
        self.connect(1, EVENT_PORT)
        self.wait(0.1)
        self.name(1, name)
        self.wait(0.1)
        self.connect(2, ACTION_PORT)
        self.wait(0.1)
        self.name(2, name)
        self.paired()
        if bind:
            self.wait(0.1)
            self.act(self.bind())
        self.wait(0.2)

    def paired(self) -> None:
        self.hear(1, SocketInfo(mark=16, sockets=self.listening).encode())
        self.connected = True

    # Actions.

    def bind(self, address: str = "192.0.2.1", processor: int = 1, port: int = 5060) -> Bind:
        return Bind(
            processor_id=processor,
            family=2,
            address=ip_address(address).packed,
            protocol=1,
            port=port,
        )

    def act(self, action: Action, layout: Layout | None = None) -> None:
        """The application server writes an action; the proxy reads it in its own layout."""
        self.raw(
            encode_frame(action, layout or self.layout),
            Socket.EVENT if isinstance(action, Bind) else Socket.ACTION,
        )

    def raw(self, data: bytes, socket: Socket = Socket.ACTION) -> None:
        self.say(1 if socket is Socket.EVENT else 2, data)
        try:
            read = decode_frame(data, socket, Direction.TO_OPENSER, self.layout)
        except SeasError:
            return
        if isinstance(read, Action):
            self.follow(self.proxy.action(read, self.now))

    def reply(self, sip: bytes, status: int, reason: str = "OK", *, at: int = -1, **more) -> None:
        """A reply to the event at that place."""
        event = self.events[at]
        kind = ActionType.REPLY_PROV if status < 200 else ActionType.REPLY_FIN
        self.act(
            Reply(
                type=kind,
                processor_id=1,
                hash_index=event.hash_index,
                label=event.label,
                text=response(sip, status, reason, **more),
            )
        )

    def uac(self, sip: bytes, uac_id: int = 80) -> None:
        self.act(UacReq(processor_id=1, uac_id=uac_id, text=sip))

    def stateless(self, sip: bytes) -> None:
        self.act(SlMsg(processor_id=1, text=sip))

    def ping(self, sequence: int, *, pong: int | None = -1) -> None:
        """A ping; pong: the number in the answer, -1 the right one, None for no answer."""
        self.hear(1, Ping(sequence=sequence).encode())
        self.wait(0.01)
        if pong is not None:
            self.act(JainPong(processor_id=0, sequence=sequence if pong < 0 else pong))

    # SIP.

    def ask(self, sip: bytes, *, caller: Address = CALLER, lost: bool = False) -> None:
        """A request of the caller's reaches the proxy; lost: it does not answer at all."""
        self._writer.datagram(SIP, caller, sip, sent=False, time_ns=self.time_ns)
        if not lost:
            self.hand_over(sip, caller)

    def dial(self, number: int) -> None:
        """The caller connects by TCP."""
        self._writer.opened(
            number, SIP, CALLER, openser_is_local=True, socket=None, time_ns=self.time_ns
        )

    def ask_by_tcp(self, number: int, sip: bytes) -> None:
        """A request of the caller's over its connection."""
        self._writer.data(number, sip, sent=False, time_ns=self.time_ns)
        receive = Receive(2, CALLER.packed, SIP.packed, CALLER.port, SIP.port)
        self.follow(self.proxy.request(sip, receive, self.now))

    def tell_in(self, sip: bytes) -> None:
        """A request comes in, and nothing follows."""
        self.ask(sip, lost=True)

    def hand_over(self, sip: bytes, caller: Address = CALLER) -> None:
        """The script relays a request, as it came in or as it has changed it."""
        receive = Receive(1, caller.packed, SIP.packed, caller.port, SIP.port)
        self.follow(self.proxy.request(sip, receive, self.now, connected=self.connected))

    def answer(
        self, status: int, reason: str = "OK", *, to: int = -1, lost: bool = False, **more
    ) -> None:
        """The callee responds to what the proxy sent."""
        sip = response(self.sent[to], status, reason, **more)
        self._writer.datagram(SIP, CALLEE, sip, sent=False, time_ns=self.time_ns)
        if not lost:
            receive = Receive(1, CALLEE.packed, SIP.packed, CALLEE.port, SIP.port)
            self.follow(self.proxy.response(sip, receive, self.now))

    def tell(self, sip: bytes, *, to: Address = CALLER) -> None:
        """The proxy sends something of its own."""
        self._writer.datagram(SIP, to, sip, sent=True, time_ns=self.time_ns)

    def follow(self, outcomes: list) -> None:
        """What the proxy does goes onto the wire."""
        for outcome in outcomes:
            if isinstance(outcome, Event):
                self.hear(1, outcome.frame)
                if outcome.hash_index is not None:
                    self.events.append(outcome)
            elif isinstance(outcome, Replied):
                self.tell(outcome.sip)
            elif isinstance(outcome, Requested | Cancelled):
                self.sent.append(outcome.sip)
                self.tell(outcome.sip, to=CALLEE)
            elif isinstance(outcome, Acknowledged | Stateless):
                self.tell(outcome.sip, to=CALLEE)
            elif isinstance(outcome, Failed) and not outcome.lost:
                self.hear(2, outcome.frame.encode())

    def call(self, call: str = "call-1") -> bytes:
        """A call that is answered and acknowledged; returns its INVITE."""
        invite = request("INVITE", call=call)
        self.ask(invite)
        self.wait(0.05)
        self.reply(invite, 180, "Ringing")
        self.wait(0.3)
        self.reply(invite, 200)
        self.wait(0.02)
        self.ask(request("ACK", call=call, to_tag="b1", body=b"", length=""))
        return invite


def without_packet(capture: bytes, number: int) -> bytes:
    """A pcapng file that lacks a packet, counted from 1, as where a capture could not keep up."""
    return without(capture, lambda count, ends: count == number)


def without(capture: bytes, lost: Callable[[int, tuple[int, int]], bool]) -> bytes:
    """A pcapng file without the packets of which that is true, by number and by source and
    destination port: what a filter, or a capture of one direction, has left out."""
    out, at, count = [], 0, 0
    while at < len(capture):
        kind, length = struct.unpack_from("<II", capture, at)
        count += kind == 6
        if kind != 6 or not lost(count, struct.unpack_from(">HH", capture, at + 28 + 20)):
            out.append(capture[at : at + length])
        at += length
    return b"".join(out)


def raw_capture(packets: list[tuple[int, bytes]]) -> bytes:
    """A pcap of raw IP packets, each with its time in milliseconds."""
    out = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 101)]
    for at, packet in packets:
        time_ns = START_NS + at * 1_000_000
        size = len(packet)
        out.append(struct.pack("<IIII", time_ns // 10**9, time_ns % 10**9, size, size) + packet)
    return b"".join(out)


def segment(there: bool, port: int, flags: int, client: int = 40001) -> bytes:
    """A TCP segment without data, from the application server (there) or back."""
    ends = (AS, PROXY) if there else (PROXY, AS)
    ports = (client, port) if there else (port, client)
    tcp = struct.pack(">HHIIBBHHH", *ports, 1000, 0 if there else 1001, 0x50, flags, 8192, 0, 0)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 7, 0x4000, 64, 6, 0)
    return ip + ends[0] + ends[1] + tcp
