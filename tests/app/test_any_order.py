"""Whatever comes, in whatever order: nothing raises, and the promises hold."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress

from app_bench import Bench, Recorder, sip_request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seastool.app import Request, Response, Settings
from seastool.errors import SeasError
from seastool.seas.builder.event import build_event
from seastool.seas.codec import decode_frame
from seastool.seas.frames import Event, Reply, UacReq
from seastool.seas.types import Direction, EventType, Socket

METHODS = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "SUBSCRIBE", "NOTIFY", "UPDATE", "ODD")
TAGS = ("", "id000001", "id000002", "id000003", "b1", "b2")
BOUNDS = Settings(
    max_transactions=6,
    max_client_transactions=6,
    max_sessions=8,
    max_application_sessions=5,
    max_timers=40,
)

# What no application can be to blame for.
_OUR_FAULT = re.compile(
    r"^(?:Attribute|Assertion|Key|Type|Index|Name|Unbound\w*|struct)\w*error", re.I | re.M
)

small = st.integers(0, 3)
request_steps = st.tuples(
    st.just("request"),
    st.sampled_from(METHODS),
    small,  # Call-ID
    st.sampled_from(TAGS),
    small,  # CSeq
    small,  # label
    st.sampled_from([0, 4, 8]),
    st.booleans(),  # stateless
)
response_steps = st.tuples(
    st.just("response"),
    small,
    st.sampled_from([100, 180, 183, 200, 202, 302, 407, 481, 487, 600, 0, 999]),
    st.sampled_from(TAGS),
    st.booleans(),  # faked
)
other_steps = st.one_of(
    st.tuples(st.just("failure"), small),
    st.tuples(st.just("time"), st.floats(0, 300)),
    st.tuples(st.just("send"), st.sampled_from(METHODS), small),
    st.tuples(st.just("in dialog"), st.sampled_from(METHODS), small),
    st.tuples(st.just("cancel"), small),
    st.tuples(st.just("ack"), small),
    st.tuples(st.just("reply"), small, st.sampled_from([100, 180, 200, 404, 487])),
    st.tuples(st.just("timer"), small),
    st.tuples(st.just("invalidate"), small),
    st.tuples(st.just("copy"), small),
)
steps = st.lists(st.one_of(request_steps, response_steps, other_steps), max_size=40)


class Player:
    """Plays steps; an application that answers some requests itself."""

    def __init__(self, dialect: str, answers: dict[str, int]) -> None:
        handlers = dict.fromkeys(METHODS, self.handle)
        self.answers = answers
        self.recorder = Recorder(**handlers)
        self.bench = Bench(self.recorder, dialect=dialect, settings=BOUNDS)
        self.mine: list[Request] = []

    def handle(self, request: Request) -> None:
        status = self.answers.get(request.method, 0)
        if status == 1:
            raise ValueError("the application's")
        if status and request.method not in ("ACK", "CANCEL"):
            request.create_response(status).send()

    def play(self, step: tuple) -> None:
        kind, *arguments = step
        if kind in ("request", "response", "failure", "time"):
            getattr(self, kind)(*arguments)
            return
        with suppress(SeasError):  # what an application hears that asks for what cannot be
            getattr(self, kind.replace(" ", "_"))(*arguments)

    def request(
        self, method: str, call: int, tag: str, cseq: int, label: int, flags: int, stateless: bool
    ) -> None:
        to = f"<sip:bob@h>;tag={tag}" if tag else "<sip:bob@h>"
        self.bench.request(
            sip_request(method, call_id=f"c{call}", to=to, cseq=cseq + 1),
            label=label,
            flags=0 if stateless else flags & 4,
            cancelled=(7, label - 1 if label else 9) if flags & 8 and not stateless else None,
            stateless=stateless,
        )

    def response(self, which: int, status: int, tag: str, faked: bool) -> None:
        sent = [s for s in self.bench.sent if isinstance(s.frame, UacReq)]
        if not sent:
            return
        request = sent[-1 - which % len(sent)]
        if faked or not 100 <= status <= 699:
            self.bench.faked(request.frame.uac_id, status)
        else:
            self.bench.response(status, request, "Contact: <sip:bob@h2>", tag=tag)

    def failure(self, which: int) -> None:
        sent = [s.frame.uac_id for s in self.bench.sent if isinstance(s.frame, UacReq)]
        self.bench.failure(sent[-1 - which % len(sent)] if sent else which)

    def time(self, seconds: float) -> None:
        self.bench.wait(seconds)

    def send(self, method: str, which: int) -> None:
        request = self.bench.container.context.create_request(method, "sip:bob@h", "sip:as@h")
        if which == 3:
            request.send_stateless()
            return
        request.send()
        self.mine.append(request)

    def some(self) -> list[Request | Response]:
        return [*self.recorder.requests, *self.recorder.responses, *self.mine]

    def in_dialog(self, method: str, which: int) -> None:
        if some := self.some():
            request = some[-1 - which % len(some)].session.create_request(method)
            request.send()
            self.mine.append(request)

    def cancel(self, which: int) -> None:
        if self.mine:
            self.mine[-1 - which % len(self.mine)].create_cancel().send()

    def ack(self, which: int) -> None:
        if responses := self.recorder.responses:
            responses[-1 - which % len(responses)].create_ack().send()

    def reply(self, which: int, status: int) -> None:
        if requests := self.recorder.requests:
            requests[-1 - which % len(requests)].create_response(status).send()

    def timer(self, which: int) -> None:
        if some := self.some():
            session = some[-1 - which % len(some)].application_session
            session.set_timer(which * 10, lambda: None)

    def invalidate(self, which: int) -> None:
        if some := self.some():
            some[-1 - which % len(some)].session.invalidate()

    def copy(self, which: int) -> None:
        if requests := self.recorder.requests:
            context = self.bench.container.context
            copy = context.copy_request(requests[-1 - which % len(requests)], "sip:x@y")
            copy.send()
            self.mine.append(copy)

    def check(self) -> None:
        container = self.bench.container
        assert len(container.transactions) <= BOUNDS.max_transactions + 1
        assert len(container.client_transactions) <= BOUNDS.max_client_transactions
        assert len(container.sessions.application_sessions) <= BOUNDS.max_application_sessions


@given(
    steps,
    st.sampled_from(["kamailio-5.4.2", "openser-1.3.0", "opensips-2.4"]),
    st.dictionaries(st.sampled_from(METHODS), st.sampled_from([0, 1, 180, 200, 486])),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_order(steps: list[tuple], dialect: str, answers: dict[str, int]) -> None:
    player = Player(dialect, answers)
    for step in steps:
        player.play(step)
        player.check()
    bench = player.bench
    assert not [line for line in bench.told if _OUR_FAULT.search(line)]
    bench.wait(30_000)
    bench.wait(30_000)
    assert bench.is_empty()
    bench.container.close(bench.now)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["INVITE", "OPTIONS", "CANCEL"]),
            st.integers(0, 2),
            st.lists(st.sampled_from([180, 200, 486]), max_size=3),
        ),
        max_size=12,
    )
)
@settings(deadline=None)
def test_at_most_one_final_reply_a_transaction(script: list[tuple[str, int, list[int]]]) -> None:
    queue: list[int] = []

    def handler(request: Request) -> None:
        while queue:
            request.create_response(queue.pop(0)).send()

    bench = Bench(Recorder(INVITE=handler, OPTIONS=handler))
    for number, (method, which, statuses) in enumerate(script):
        queue[:] = statuses
        if method == "CANCEL":
            bench.request(sip_request(method), label=1000 + number, cancelled=(7, which))
        else:
            bench.request(sip_request(method, call_id=f"c{number}"), label=number)
    finals = Counter(
        sent.frame.label
        for sent in bench.take()
        if isinstance(sent.frame, Reply) and sent.status >= 200
    )
    assert set(finals.values()) <= {1}


@given(st.integers(0, 2000), st.binary(max_size=6), st.sampled_from(["T_REQ_IN", "RES_IN"]))
@settings(max_examples=300, deadline=None)
def test_any_damage_is_borne(at: int, damage: bytes, kind: str) -> None:
    bench = Bench(Recorder(INVITE=lambda request: request.create_response(200).send()))
    bench.container.context.create_request("INVITE", "sip:b@h", "sip:a@h").send()
    uac = bench.take()[0].frame
    assert isinstance(uac, UacReq)
    sip = sip_request("INVITE", "Record-Route: <sip:r;lr>", "Subject: s")
    if kind == "RES_IN":
        sip = b"SIP/2.0 200 OK\r\n" + sip.split(b"\r\n", 1)[1]
    data = bytearray(
        build_event(
            sip, bench.dialect, type=EventType[kind], hash_index=7, label=1, uac_id=uac.uac_id
        )
    )
    start = 5 + at % (len(data) - 5)
    data[start : start + len(damage)] = damage[: len(data) - start]
    try:
        frame = decode_frame(bytes(data), Socket.EVENT, Direction.TO_AS)
    except SeasError:
        return
    assert isinstance(frame, Event)
    bench.container.receive(frame, bench.now)
    for message in (*bench.container.application.requests, *bench.container.application.responses):
        _read(message)
    bench.wait(30_000)
    assert bench.is_empty()


def _read(message: Request | Response) -> None:
    """Everything that can be asked of a message."""
    list(message.headers.fields())
    for name in ("from_", "to", "contact", "call_id", "cseq", "body", "content_type", "remote"):
        getattr(message, name)
    str(message.local)
    repr(message)
    session = message.session
    for name in ("local_uri", "remote_uri", "remote_target", "route_set", "id"):
        getattr(session, name)
    with suppress(SeasError):
        session.create_request("INFO").send()
