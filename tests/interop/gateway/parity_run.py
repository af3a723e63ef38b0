"""What one proxy makes of the cases: frames, responses and requests, in an order that holds.

Each step is followed by a fence: an OPTIONS whose answer has gone through the same processes, in
the same order, as all that the step has caused. When it is there, so is the rest.
"""

from __future__ import annotations

import re
import select
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kamailio import Kamailio
from parity_case import Case, Ports, Requests, Respond
from plain_app_server import DIALECT
from table_app_server import Table, TableAppServer

from seastool.seas.builder import build_message
from seastool.seas.frames import Event, ResIn, TReqIn
from seastool.seas.message import Message
from seastool.sip.reply import respond
from seastool.testing.loopback_ports import LOOPBACK

FENCE_SECONDS = 5.0
LOOK_SECONDS = 0.1
KINDS = ("events", "replies", "requests", "late")
SUCCESS = re.compile(rb"SIP/2\.0 2")
BUFFER = 1 << 20
LARGEST = 65536
FENCE_ID = re.compile(rb"^Call-ID: fence-(\d+)@parity\r$", re.M)
FENCE_TEXT = b"fence-"
BRANCH = re.compile(rb"(?<=;branch=)z9hG4bK[^\r\n;,]*")
SIGNATURE = re.compile(rb"^(Server|User-Agent): kamailio \([^\r\n]*\r\n", re.M)
VERSION = re.compile(rb"\A\S* ")
TO_TAG = re.compile(rb"^((?:To|t)[ \t]*:[^\r\n]*;tag=)([^\r\n;>]+)", re.M | re.I)
OWN_STATUS = re.compile(rb"SIP/2\.0 (5\d\d) [^\r\n]*")
OWN_TAG = re.compile(rb"[0-9a-f]{32}[-.][0-9a-f]{1,8}")


@dataclass(slots=True)
class Trace:
    """What came of a case. Frames are without what is drawn by chance; see `Numbers.masked`.

    late: failures of actions and time-outs, which may come behind the fence.
    """

    events: list[bytes] = field(default_factory=list)
    replies: list[bytes] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    late: list[bytes] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        """Whether the application server has seen nothing, and the caller no success."""
        return not self.events and not any(SUCCESS.match(reply) for reply in self.replies)

    def lines(self) -> list[str]:
        """For people."""
        return [f"{kind}: {data!r}" for kind in KINDS for data in getattr(self, kind)]


class Numbers:
    """Transactions numbered as they are met: what they are called is drawn by chance."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], int] = {}

    def of(self, hash_index: int, label: int) -> int:
        """From 1; 0 stays 0."""
        if (hash_index, label) == (0, 0):
            return 0
        return self._known.setdefault((hash_index, label), len(self._known) + 1)

    def masked(self, event: Event) -> bytes:
        """The frame with numbers in place of hash index and label; all else as it came."""
        if isinstance(event, TReqIn):
            number = self.of(event.hash_index, event.label)
            event = replace(event, hash_index=0, label=number)
            if event.cancelled_hash_index is not None and event.cancelled_label is not None:
                invite = self.of(event.cancelled_hash_index, event.cancelled_label)
                event = replace(event, cancelled_hash_index=0, cancelled_label=invite)
        elif isinstance(event, ResIn):
            number = self.of(event.hash_index, event.label)
            event = replace(event, hash_index=0, label=number)
            return _without_branch(event)
        return event.encode()


def _without_branch(event: ResIn) -> bytes:
    """A response's frame with its text in place of the encoded message, which is right: the
    proxy's own branch stands in it, and one is longer than the other."""
    if not event.payload:
        return event.encode()
    text = bytes(Message(event.payload, DIALECT).text)
    assert event.payload == build_message(text, DIALECT), "the frame is not what its text gives"
    return replace(event, length=0, payload=BRANCH.sub(b"own", text, count=1)).encode()


def masked_reply(data: bytes) -> bytes:
    """A response without the proxy's own signature, To tags and words for a fault of its own. The
    version in front is what stands in the request, with the real proxy."""
    data = SIGNATURE.sub(b"", VERSION.sub(b"SIP/2.0 ", data))
    data = TO_TAG.sub(_own_tag, data)
    return OWN_STATUS.sub(rb"SIP/2.0 \1", data, count=1)


def _own_tag(found: re.Match[bytes]) -> bytes:
    return found[1] + (b"own" if OWN_TAG.fullmatch(found[2]) else found[2])


def masked_request(data: bytes) -> bytes:
    """A request without the branch of the proxy's own Via and its signature; an ACK with its
    headers in the order of the alphabet."""
    data = SIGNATURE.sub(b"", BRANCH.sub(b"own", data, count=1))
    if not data.startswith(b"ACK "):
        return data
    start, *lines = data.split(b"\r\n")
    return b"\r\n".join([start, *sorted(lines)])


class NoAnswer(Exception):
    """A proxy does not answer any more."""


class ParityRun:
    """The cases through the proxy at `ports`, one after the other.

    mortal: the proxy, if a case may end it: it is started again then.
    """

    def __init__(self, ports: Ports, cases: Sequence[Case], mortal: Kamailio | None = None) -> None:
        self.cases = cases
        self.deadly: list[str] = []
        self._make = Requests(ports)
        self._ports = ports
        self._mortal = mortal
        self._fences = 0
        self._requests: dict[str, bytes] = {}
        self._seen: set[bytes] = set()
        self._table: Table = {
            (case.name, method): answers
            for case in cases
            for method, answers in case.answers.items()
        }
        self._server = TableAppServer(ports.seas, self._table)
        self._caller, self._callee = _bound(ports.caller), _bound(ports.callee)

    def run(self) -> dict[str, Trace]:
        """The trace of each case but for those in `deadly`, which end the proxy. It listens
        already, and nobody is its application server. Raises: NoAnswer."""
        traces: dict[str, Trace] = {}
        left = list(self.cases)
        with self._caller, self._callee:
            while left:
                with self._server:
                    self._run_some(left, traces)
                if left and self._mortal is not None:
                    self._mortal.close()
                    self._mortal.start()
                    self._server = TableAppServer(self._ports.seas, self._table)
        return traces

    def _run_some(self, left: list[Case], traces: dict[str, Trace]) -> None:
        """Until the proxy is gone or nothing is left. A case is tried twice: memory that one has
        spoilt may end the proxy in the next."""
        is_fresh = True
        while left:
            case = left[0]
            try:
                traces[case.name] = self._case(case)
            except NoAnswer:
                if self._mortal is None:
                    raise
                if is_fresh:
                    self.deadly.append(left.pop(0).name)
                return
            del left[0]
            is_fresh = False

    def _case(self, case: Case) -> Trace:
        trace, numbers = Trace(), Numbers()
        self._requests.clear()
        for step in case.steps:
            if isinstance(step, Respond):
                self._respond(case, step, trace)
            else:
                self._send(step)
            trace.replies += self._fence(case)
            self._take(trace, numbers)
            trace.requests += self._at_callee()
        end = time.monotonic() + FENCE_SECONDS
        while len(trace.late) < case.late and time.monotonic() < end:
            time.sleep(0.01)
            self._take(trace, numbers)
        trace.late.sort()
        return trace

    def _take(self, trace: Trace, numbers: Numbers) -> None:
        """What the application server has got."""
        for event in self._taken_events():
            if isinstance(event, ResIn) and not event.payload:
                trace.late.append(b"%d %d faked" % (event.uac_id, event.status))
            else:
                trace.events.append(numbers.masked(event))
        failures, self._server.failures[:] = list(self._server.failures), []
        trace.late += [b"%d %d %s" % (one.uac_id, one.error, one.reason) for one in failures]

    def _send(self, data: bytes) -> None:
        self._caller.sendto(data, (LOOPBACK, self._ports.sip))

    def _respond(self, case: Case, step: Respond, trace: Trace) -> None:
        request = self._requests.get(step.of)
        if not request:
            raise NoAnswer(f"{case.name}: nothing reached the callee; so far {trace.lines()}")
        headers = b"Contact: <sip:carol@%s:%d>\r\n" % (LOOPBACK.encode(), self._ports.callee)
        data = respond(
            request, step.status, step.reason.encode(), tag=step.tag.encode(), headers=headers
        )
        # The real server encodes no Content-Length of 0.
        data = data.replace(b"Content-Length: 0\r\n", b"")
        self._callee.sendto(data, (LOOPBACK, self._ports.sip))

    def _at_callee(self) -> list[bytes]:
        found = []
        for data in _all_of(self._callee):
            if data not in self._seen:
                self._seen.add(data)
                if not data.startswith(b"ACK "):
                    method = data.partition(b" ")[0].decode()
                    self._requests[method] = self._requests[""] = data
                found.append(masked_request(data))
        return found

    def _fence(self, case: Case) -> list[bytes]:
        """The responses that came before the fence's, each once."""
        self._fences += 1
        name = f"{FENCE_TEXT.decode()}{self._fences}"
        self._send(self._make(name))
        replies = []
        for data in self._received():
            number = FENCE_ID.search(data)
            if number and int(number[1]) == self._fences:
                return replies
            if number is None and data not in self._seen:
                self._seen.add(data)
                replies.append(masked_reply(data))
        raise NoAnswer(f"{case.name}: the proxy does not answer behind it")

    def _received(self) -> Iterator[bytes]:
        end = time.monotonic() + FENCE_SECONDS
        while time.monotonic() < end and (self._mortal is None or self._mortal.is_alive):
            if select.select([self._caller], [], [], LOOK_SECONDS)[0]:
                yield self._caller.recv(LARGEST)

    def _taken_events(self) -> list[Event]:
        events, self._server.events[:] = list(self._server.events), []
        return [
            event
            for event in events
            if FENCE_TEXT not in getattr(event, "payload", b"").partition(b"\r\n\r\n")[0]
        ]


def _bound(port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    found.bind((LOOPBACK, port))
    return found


def _all_of(one: socket.socket) -> Iterator[bytes]:
    while select.select([one], [], [], 0)[0]:
        yield one.recv(LARGEST)


def differences(first: dict[str, Trace], second: dict[str, Trace]) -> dict[str, list[str]]:
    """What differs in the cases that both have, by case, for people."""
    told: dict[str, list[str]] = {}
    for name in first.keys() & second.keys():
        one, other = first[name], second[name]
        if one.is_refused and other.is_refused:
            continue
        for kind in KINDS:
            ours, theirs = getattr(one, kind), getattr(other, kind)
            if ours != theirs:
                told.setdefault(name, []).append(f"{kind}\n  {ours}\n  {theirs}")
    return told
