"""Whatever comes in whatever order: no exception, one final response each, and nothing is left."""

from __future__ import annotations

from collections import defaultdict

from gateway_bench import Bench, Sent, Told
from gateway_texts import ALICE, header, hop, sip, uac
from hypothesis import given, settings
from hypothesis import strategies as st

from seastool.gateway.settings import Settings
from seastool.seas.frames import AcCancel, Reply, ResIn, SlMsg, TReqIn, UacReq
from seastool.seas.openser import Behaviour, behave_like, usable
from seastool.sip.hop import TCP
from seastool.sip.reply import respond
from seastool.sip.transactions import ServerTransaction

NAMES = (b"as_1", b"as_2")
WHERES = (ALICE, hop("10.0.0.8"), hop("2001:db8::9"), hop(port=40_000, protocol=TCP, connection=5))
METHODS = (*["INVITE"] * 4, "ACK", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO")
STATUSES = (180, 200, 486, 100, 183, 200, 202, 302, 404, 500, 603, 42, 700, 999)
TAGS = (b"b1", b"b2")
BEHAVIOURS = (
    usable(),
    usable("openser-1.3.0"),
    behave_like("openser-1.2.0"),
    behave_like("opensips-1.4.5"),
    behave_like("opensips-1.8.1"),
    behave_like("kamailio-5.6.3"),
)
WIRE = (
    b"garbage\r\n\r\n",
    sip("OPTIONS", vias=["nonsense"]),
    sip("OPTIONS", "Max-Forwards: 0"),
    sip("MESSAGE", body=b"x", length=9),
    sip("OPTIONS", cseq="1 INFO", branch="z9hG4bKx"),
    b"SIP/2.0 200 OK\r\n\r\n",
)

index = st.integers(0, 7)
request = st.tuples(
    st.just("request"),
    st.sampled_from(METHODS),
    st.integers(1, 2),  # of the call
    st.integers(1, 2),  # CSeq
    st.sampled_from(["", "b1", "b2"]),
    st.sampled_from([None, "z9hG4bKother", "old"]),
    st.integers(0, len(WHERES) - 1),
)
step = st.one_of(
    request,
    request,
    request,
    request,
    st.tuples(st.just("wire"), st.sampled_from(WIRE)),
    st.tuples(st.just("again"), index),
    *[st.tuples(st.just("reply"), index, st.sampled_from(STATUSES), st.sampled_from(TAGS))] * 5,
    st.tuples(st.just("odd"), index, st.sampled_from(["garbage", "ids", "request"])),
    st.tuples(st.just("leave"), st.sampled_from(NAMES)),
    st.tuples(st.just("connect"), st.sampled_from(NAMES), st.booleans()),
    st.tuples(
        st.just("asks"),
        st.sampled_from(["INVITE", "MESSAGE", "ACK", "CANCEL"]),
        st.sampled_from(["10.0.0.7", "10.0.0.7;transport=tcp", "10.0.0.1", "example.com"]),
        st.integers(1, 3),
        st.integers(0, 1),
    ),
    *[st.tuples(st.just("answer"), index, st.sampled_from(STATUSES[:-3]))] * 2,
    st.tuples(st.just("cancel"), index),
    st.tuples(st.just("look up"), st.sampled_from(["found", "two", "none", "lost"])),
    st.tuples(st.just("fail"), index),
    st.tuples(st.just("home"), index),
    st.tuples(st.just("wait"), st.sampled_from([0.1, 0.6, 3.0, 6.0, 33.0, 130.0, 200.0])),
)


class Play:
    """Does steps; those that have nothing to be done to are nothing."""

    def __init__(self, behaviour: Behaviour, checks: bool) -> None:
        self.bench = Bench(*NAMES, behaviour=behaviour, settings=Settings(checks=checks))
        self.wire: list[tuple[bytes, int]] = []

    def do(self, what: str, *how: object) -> None:
        getattr(self, "do_" + what.replace(" ", "_"))(*how)

    def _receive(self, data: bytes, where: int) -> None:
        self.wire.append((data, where))
        self.bench.receive(data, WHERES[where])

    def do_request(
        self, method: str, call: int, number: int, tag: str, branch: str | None, where: int
    ) -> None:
        self._receive(sip(method, call=str(call), cseq=number, tag=tag, branch=branch), where)

    def do_wire(self, data: bytes) -> None:
        self._receive(data, 0)

    def do_again(self, which: int) -> None:
        if self.wire:
            data, where = self.wire[-1 - which % len(self.wire)]
            self.bench.receive(data, WHERES[where])

    def _event(self, which: int, kind: type = TReqIn) -> Told | None:
        events = [one for one in self.bench.events if type(one.frame) is kind]
        events = [one for one in events if one.name in self.bench.servers.names]
        return events[-1 - which % len(events)] if events else None

    def do_reply(self, which: int, status: int, tag: bytes) -> None:
        event = self._event(which)
        if event is not None:
            self.bench.replies(event, status, tag=tag)

    def do_odd(self, which: int, how: str) -> None:
        event = self._event(which)
        if event is None:
            return
        hash_index, label = event.ids
        text = b"SIP/2.0 200" if how == "garbage" else event.text
        if how == "ids":
            label ^= 1
        self.bench.acts(Reply(hash_index=hash_index, label=label, text=text), event.name)

    def do_leave(self, name: bytes) -> None:
        if name in self.bench.servers.names:
            self.bench.leave(name)

    def do_connect(self, name: bytes, bound: bool) -> None:
        if name not in self.bench.servers.names:
            self.bench.connect(name, bound=bound)

    def do_asks(self, method: str, host: str, uac_id: int, flags: int) -> None:
        if self.bench.servers.names:
            name = self.bench.servers.names[0]
            text = uac(method, uri=f"sip:bob@{host}", call=f"as-{uac_id}")
            action = UacReq(uac_id=uac_id, processor_id=1, flags=flags, text=text)
            self.bench.acts(action, name)
            self.bench.acts(SlMsg(processor_id=1, text=text), name)

    def _outgoing(self, which: int) -> Sent | None:
        sent = [one for one in self.bench.sent if not one.data.startswith(b"SIP/2.0")]
        return sent[-1 - which % len(sent)] if sent else None

    def do_answer(self, which: int, status: int) -> None:
        request = self._outgoing(which)
        if request is not None:
            self.bench.answers(request, status)

    def do_home(self, which: int) -> None:
        request = self._outgoing(which)
        if request is not None:
            self.bench.receive(request.data, hop("10.0.0.1"))

    def do_cancel(self, which: int) -> None:
        event = self._event(which, ResIn)
        if event is not None:
            hash_index, label = event.ids
            action = AcCancel(
                uac_id=50 + which,
                processor_id=1,
                hash_index=hash_index,
                label=label,
                text=uac("CANCEL"),
            )
            self.bench.acts(action, event.name)

    def do_look_up(self, how: str) -> None:
        if not self.bench.lookups:
            return
        lookup = self.bench.lookups.pop(0)
        core, now = self.bench.core, self.bench.now
        if how == "lost":
            core.lost(lookup, "no such name")
        else:
            ways = {"found": 1, "two": 2, "none": 0}[how]
            core.located(lookup, [hop(f"10.0.0.{70 + n}") for n in range(ways)], now)
        self.bench._take()

    def do_fail(self, which: int) -> None:
        request = self._outgoing(which)
        if request is None:
            return
        branch = header(request.data, "Via")[0].partition("branch=")[2].encode()
        method = request.data.split(b" ", 1)[0]
        transaction = self.bench.core.layer.find_client(branch, method)
        if transaction is not None:
            self.bench.core.failed(transaction, "refused", self.bench.now)
            self.bench._take()

    def do_wait(self, seconds: float) -> None:
        self.bench.wait(seconds)

    def end(self) -> None:
        """All lookups come back, and much time passes."""
        while self.bench.lookups:
            self.do_look_up("lost")
        self.bench.wait(1000)
        while self.bench.lookups:
            self.do_look_up("lost")
        self.bench.wait(1000)


def finals(bench: Bench) -> list[set[bytes]]:
    """The final responses of each transaction."""
    found: dict[object, set[bytes]] = defaultdict(set)
    for sent in bench.sent:
        if isinstance(sent.transaction, ServerTransaction) and str(sent) >= "2":
            found[sent.transaction].add(sent.data)
    return list(found.values())


PIECES = (
    b"\r\n",
    b"\n",
    b" ",
    b";",
    b",",
    b'"',
    b"<",
    b">",
    b"=",
    b":",
    b"\0",
    b"\xff",
    b"99999999999",
)
TEXTS = (
    *(sip(method) for method in ("INVITE", "ACK", "CANCEL", "OPTIONS")),
    sip(
        "MESSAGE",
        "Max-Forwards: 70",
        "Route: <sip:10.0.0.1;lr>",
        "Record-Route: <sip:10.0.0.2;lr>",
        vias=["SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKq;rport;maddr=10.0.0.4", "SIP/2.0/TCP [::1]"],
        body=b"hello",
    ),
    respond(
        sip(
            "OPTIONS",
            vias=[
                "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKold",
                "SIP/2.0/UDP x;received=10.0.0.2;rport=9",
            ],
        ),
        200,
        b"OK",
    ),
)
change = st.tuples(st.floats(0, 1), st.integers(0, 20), st.sampled_from((b"", *PIECES)))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(TEXTS), st.lists(change, min_size=1, max_size=5), st.booleans())
def test_broken_texts(text: bytes, changes: list[tuple[float, int, bytes]], checks: bool) -> None:
    """Some bytes are left out, others put in."""
    for where, count, piece in changes:
        at = int(where * len(text))
        text = text[:at] + piece + text[at + count :]
    bench = Bench(settings=Settings(checks=checks))
    for hop_ in WHERES:
        bench.receive(text, hop_)
    if isinstance(bench.events and bench.event.frame, TReqIn):
        bench.replies(bench.event, 200)
    while bench.lookups:
        bench.core.lost(bench.lookups.pop(), "no such name")
    assert all(told.isprintable() for _, told in bench.notes)
    bench.wait(1000)
    assert bench.left_over() == []


STEPS = st.lists(step, min_size=1, max_size=40)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(BEHAVIOURS), st.booleans(), STEPS)
def test_nothing_is_left_and_nobody_gets_two_answers(
    behaviour: Behaviour, checks: bool, steps: list[tuple]
) -> None:
    play = Play(behaviour, checks)
    for what, *how in steps:
        play.do(what, *how)
    play.end()
    assert play.bench.left_over() == []
    assert all(len(texts) == 1 for texts in finals(play.bench))
