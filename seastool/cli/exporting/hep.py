"""``seastool export hep``, once its options are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from seastool.capture.decoded import decode_records
from seastool.capture.losses import Statistics
from seastool.capture.reader import read_capture
from seastool.cli.decoding.summary import lost_lines
from seastool.cli.exits import PeerFault
from seastool.cli.exporting.hep_packets import LONGEST_LOG, HepOrigin, HepPackets, describe
from seastool.cli.output import Output, say
from seastool.cli.seas_check import check_seas
from seastool.errors import EncodeError
from seastool.ladder.words import counted
from seastool.net.hep import MOST_BY_UDP, HepSender, Transport
from seastool.render.hep import MOST, HepPacket, Kind
from seastool.render.printable import shown
from seastool.seas.dialect import Dialect

SHOWN = 100  # characters of a line of --dry-run
UDP_RATE = 2000.0  # packets a second: more, and a server's socket may lose some without a word


@dataclass(frozen=True, slots=True)
class HepWishes:
    """What was asked for. rate: None for the default of the transport."""

    capture: str
    transport: Transport
    host: str
    port: int
    origin: HepOrigin
    rate: float | None
    dry_run: bool
    dialect: Dialect | None
    ports: Sequence[int]

    @property
    def target(self) -> str:
        """Where to, for people."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport} {host}:{self.port}"


def run(wishes: HepWishes) -> None:
    """Send it; if it fails halfway, tell first what was sent. Raises: SeasError."""
    by_udp = wishes.transport == "udp"
    live = wishes.capture == "-"
    counts: Counter[str] = Counter()
    packets = HepPackets(wishes.origin, LONGEST_LOG if by_udp else MOST - 1000)
    reader = read_capture(wishes.capture, ports=wishes.ports)
    stack = ExitStack()
    send = _opened(wishes, stack, live, counts)
    try:
        with stack:
            for record in decode_records(reader, wishes.dialect, live=live):
                for packet in packets.of(record):
                    _send(packet, send, MOST_BY_UDP if by_udp else MOST, counts)
        if not reader.statistics.sip_messages:
            check_seas(wishes.capture, reader.statistics)
    except BaseException:
        if counts.total():
            _tell(wishes, counts, packets, reader.statistics)
        raise
    _tell(wishes, counts, packets, reader.statistics)
    if counts["refused"]:
        raise PeerFault(f"{wishes.target}: nobody listens there: datagrams were refused")


Send = Callable[[HepPacket, bytes], None]


def _opened(wishes: HepWishes, stack: ExitStack, live: bool, counts: Counter[str]) -> Send:
    """How a packet is sent, or shown. Raises: PeerFault."""
    if wishes.dry_run:
        output = stack.enter_context(Output(live=live))
        return lambda packet, _: output.write(f"{describe(packet, shown)[:SHOWN]}\n")
    rate = wishes.rate
    if rate is None:
        rate = UDP_RATE if wishes.transport == "udp" else 0.0
    try:
        sender = HepSender(wishes.transport, wishes.host, wishes.port, rate=rate)
    except (OSError, UnicodeError) as error:  # of a name that cannot be one
        raise PeerFault(f"{wishes.target}: {_reason(error)}") from None

    def close() -> None:
        sender.close()
        counts["refused"] = sender.refused

    def send(_: HepPacket, data: bytes) -> None:
        try:
            sender.send(data)
        except OSError as error:
            raise PeerFault(f"{wishes.target}: {_reason(error)}") from None

    stack.callback(close)
    return send


def _send(packet: HepPacket, send: Send, most: int, counts: Counter[str]) -> None:
    try:
        data = packet.encode()
    except EncodeError:
        data = b""
    if not data or len(data) > most:
        counts["too long"] += 1
        return
    send(packet, data)
    counts[Kind(packet.kind).name] += 1


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return getattr(error, "strerror", None) or str(error)


def _tell(
    wishes: HepWishes, counts: Counter[str], packets: HepPackets, statistics: Statistics
) -> None:
    for line in (*_summary(wishes, counts, packets), *lost_lines(statistics)):
        say(line)


def _summary(wishes: HepWishes, counts: Counter[str], packets: HepPackets) -> Iterator[str]:
    sip, logs = counts[Kind.SIP.name], counts[Kind.LOG.name]
    done = "would be sent" if wishes.dry_run else "sent"
    told = f"{sip:,} SIP, {counted(logs, 'frame')}"
    yield f"{counted(sip + logs, 'packet')} {done} to {wishes.target}: {told}"
    cure = "; by TCP they would fit" if wishes.transport == "udp" else ""
    if packets.shortened:
        yield f"{counted(packets.shortened, 'frame')} sent without fields, being long{cure}"
    if counts["too long"]:
        yield f"{counted(counts['too long'], 'message')} not sent: too long for a packet{cure}"
