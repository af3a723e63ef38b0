"""In this process: five fields of a message, and SIP text to frame, against SIP libraries.

Each reader gets what it would get in use: seastool whole event frames, the libraries the SIP
text that is in them.
"""

import importlib
import statistics
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.calls import DIALECT, requests
from benchmarks.measure import cpu_of, interleaved, median_ratio
from benchmarks.table import Bar, Row
from seastool.seas.builder import build_event
from seastool.seas.codec import decode_frame
from seastool.seas.message import Message
from seastool.seas.types import Direction, EventType, Socket

MICROSECONDS = 1_000_000
Five = tuple[str | None, ...]
Reader = Callable[[bytes], Five]


def read_event(frame: bytes) -> Five:
    """Call-ID, CSeq, From tag, To tag, top Via branch of a T_REQ_IN."""
    event = decode_frame(frame, Socket.EVENT, Direction.TO_AS)
    message = Message(event.payload, DIALECT)  # type: ignore[union-attr]
    return (message.call_id, message.cseq, message.from_tag, message.to_tag, message.branch)


def sipmessage_reader() -> Reader:
    from sipmessage import Message as SipMessage

    def read(text: bytes) -> Five:
        message = SipMessage.parse(text)
        return (
            message.call_id,
            str(message.cseq),
            message.from_address.parameters.get("tag"),
            message.to_address.parameters.get("tag"),
            message.via[0].parameters.get("branch"),
        )

    return read


def sippy_reader() -> Reader:
    from sippy.SipRequest import SipRequest

    def read(text: bytes) -> Five:
        message = SipRequest(text.decode())
        body = message.getHFBody
        cseq = body("cseq")
        return (
            str(body("call-id")),
            f"{cseq.getCSeqNum()} {cseq.getCSeqMethod()}",
            body("from").getTag(),
            body("to").getTag(),
            body("via").getBranch(),
        )

    return read


def twisted_reader() -> Reader:
    from twisted.protocols.sip import MessagesParser, parseAddress, parseViaHeader

    def read(text: bytes) -> Five:
        found: list = []
        parser = MessagesParser(found.append)
        parser.dataReceived(text)
        parser.dataDone()
        headers = found[0].headers
        return (
            headers["call-id"][0],
            headers["cseq"][0],
            parseAddress(headers["from"][0])[2].get("tag"),
            parseAddress(headers["to"][0])[2].get("tag"),
            parseViaHeader(headers["via"][0]).branch,
        )

    return read


PEERS = {
    "sipmessage": (sipmessage_reader, Bar(8, 15, True)),
    "sippy": (sippy_reader, Bar(5, 10, True)),
    "twisted": (twisted_reader, Bar(4, 7, True)),
}


def _there(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def _each(read: Callable[[bytes], object], inputs: list[bytes]) -> float:
    def all_of_them() -> None:
        for data in inputs:
            read(data)

    return cpu_of(all_of_them)


def five_field_rows(count: int, rounds: int) -> Iterator[Row]:
    """What of a call's requests a proxy's application looks at first."""
    pairs = list(requests(count))
    texts, frames = [text for text, _ in pairs], [frame for _, frame in pairs]
    names = [name for name in PEERS if _there(name)]
    readers = [PEERS[name][0]() for name in names]
    for name, read in zip(names, readers, strict=True):
        for text, frame in pairs[:3]:
            if read(text) != read_event(frame):
                raise AssertionError(f"{name} reads {read(text)}, seastool {read_event(frame)}")
    cases = [partial(_each, read, texts) for read in readers]
    ours, *theirs = interleaved([partial(_each, read_event, frames), *cases], rounds)
    own = statistics.median(ours) / count * MICROSECONDS
    for name, figures in zip(names, theirs, strict=True):
        peer = statistics.median(figures) / count * MICROSECONDS
        yield Row(
            f"five fields of a T_REQ_IN, times faster than {name}",
            median_ratio(figures, ours),
            "x",
            PEERS[name][1],
            f"seastool {own:.1f} µs, {name} {peer:.1f} µs",
        )


def build_rows(count: int, rounds: int) -> Iterator[Row]:
    """SIP text to frame, against sipmessage with every header it knows made an object."""
    if not _there("sipmessage"):
        return
    from sipmessage import Message as SipMessage

    known = [name for name in dir(SipMessage) if isinstance(getattr(SipMessage, name), property)]

    def parse(text: bytes) -> None:
        message = SipMessage.parse(text)
        for name in known:
            getattr(message, name)

    def build(text: bytes) -> None:
        build_event(text, DIALECT, type=EventType.T_REQ_IN)

    texts = [text for text, _ in requests(count)]
    theirs, ours = interleaved([partial(_each, parse, texts), partial(_each, build, texts)], rounds)
    own, peer = (statistics.median(x) / count * MICROSECONDS for x in (ours, theirs))
    yield Row(
        "SIP text to frame, times faster than sipmessage's full parse",
        median_ratio(theirs, ours),
        "x",
        Bar(1.5, 6, True),
        f"seastool {own:.1f} µs, sipmessage {peer:.1f} µs",
    )
