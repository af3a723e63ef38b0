"""Whatever happens in whatever order: what a transaction layer never does."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from sip_exchange import HOP, STREAM, read, request, response

from seastool.errors import LocalProtocolError
from seastool.sip.hop import Hop
from seastool.sip.transactions import (
    ClientTransaction,
    Send,
    ServerTransaction,
    State,
    Stray,
    Terminated,
    TransactionLayer,
)

METHODS = (b"INVITE", b"OPTIONS", b"CANCEL")
BRANCHES = (b"z9hG4bK1", b"z9hG4bK2", b"old")
STATUSES = (100, 180, 200, 202, 302, 486, 603, 700)
MOST_REPEATS = 11  # by timers alone: E and G fire ten times, and A six
MOST_OUTPUTS = 3  # of one thing that happens to one transaction

OPERATIONS = st.tuples(
    st.sampled_from(
        ["request", "ack", "respond", "send", "response", "error", "abandon", "acked", "time"]
    ),
    st.sampled_from(METHODS),
    st.sampled_from(BRANCHES),
    st.sampled_from(STATUSES),
    st.sampled_from([0.0, 0.2, 0.5, 1.0, 4.0, 5.0, 31.0, 33.0]),
    st.booleans(),
)


@dataclass
class Told:
    """What has been seen of one transaction."""

    sent: list[bytes] = field(default_factory=list)
    repeats: int = 0
    finals_up: list[int] = field(default_factory=list)
    happened: int = 0
    is_over: bool = False


class Watched:
    """A layer, and what must hold of all that it tells."""

    def __init__(self) -> None:
        self.layer = TransactionLayer(most=50)
        self.now = 0.0
        self.told: dict[int, Told] = {}
        self.kept: list[ServerTransaction | ClientTransaction] = []

    def of(self, transaction: ServerTransaction | ClientTransaction) -> Told:
        """What is known of it; it is kept, so that no other one gets its id."""
        if id(transaction) not in self.told:
            self.kept.append(transaction)
            self.told[id(transaction)] = Told()
        return self.told[id(transaction)]

    def happen(
        self, what: str, method: bytes, branch: bytes, status: int, wait: float, flag: bool
    ) -> None:
        """One operation."""
        hop = STREAM if flag else HOP
        servers = [one for one in self.kept if isinstance(one, ServerTransaction)]
        if what == "time":
            self.now += wait
            self.layer.handle_timer(self.now)
            self.look(MOST_OUTPUTS * (len(self.kept) + 1))
            return
        if what in ("request", "ack"):
            self.arrive(b"ACK" if what == "ack" else method, branch, hop)
        elif what == "respond" and servers:
            self.respond(servers[-1 - status % len(servers)], status, flag)
        elif what == "send":
            self.send(method, branch, hop)
        elif what == "response":
            self.receive(method, branch, status)
        elif what == "acked" and servers:
            self.layer.acknowledge(servers[-1])
        elif what in ("error", "abandon") and self.kept:
            self.end(self.kept[-1 - status % len(self.kept)], what)
        self.look(MOST_OUTPUTS)

    def arrive(self, method: bytes, branch: bytes, hop: Hop) -> None:
        arrival = self.layer.receive_request(read(request(method, branch=branch)), hop, self.now)
        for transaction in (arrival.transaction, arrival.invite):
            if transaction is not None:
                assert not self.of(transaction).is_over, "nothing belongs to what is over"
                self.of(transaction).happened += 1

    def respond(self, transaction: ServerTransaction, status: int, flag: bool) -> None:
        before = transaction.status
        try:
            self.layer.respond(
                transaction,
                status,
                response(status, transaction.method),
                self.now,
                repeat_success=flag,
            )
        except LocalProtocolError:
            assert transaction.status == before
            return
        assert not self.of(transaction).is_over
        again = transaction.is_invite and before // 100 == status // 100 == 2
        assert before < 200 or again, "one final response, but for another 2xx"
        self.of(transaction).happened += 1

    def send(self, method: bytes, branch: bytes, hop: Hop) -> None:
        text = request(method, branch=branch)
        try:
            transaction = self.layer.send_request(text, method, branch, hop, self.now)
        except LocalProtocolError:
            assert self.layer.find_client(branch, method) is not None
            return
        self.of(transaction).happened += 1

    def receive(self, method: bytes, branch: bytes, status: int) -> None:
        known = self.layer.find_client(branch, method)
        found = self.layer.receive_response(read(response(status, method, branch=branch)), self.now)
        assert found in (None, known)
        if known is not None:
            self.of(known).happened += 1
        if found is None:
            return
        told = self.of(found)
        assert not told.is_over
        if status >= 200:
            told.finals_up.append(status)
            if len(told.finals_up) > 1:
                assert found.is_invite
                assert {up // 100 for up in told.finals_up} == {2}

    def end(self, transaction: ServerTransaction | ClientTransaction, what: str) -> None:
        if what == "error":
            self.layer.transport_failed(transaction, self.now)
            self.of(transaction).happened += 1
        else:
            self.layer.abandon(transaction, self.now)
            assert transaction.state is State.TERMINATED
            assert not self.layer.outputs
            self.of(transaction).is_over = True

    def look(self, most: int) -> None:
        """All that was told since the last look."""
        outputs = self.layer.take()
        assert len(outputs) <= most
        for output in outputs:
            if isinstance(output, Stray):
                continue
            transaction = output.transaction
            assert transaction is not None
            told = self.of(transaction)
            assert not told.is_over, "nothing comes behind the end"
            if isinstance(output, Terminated):
                assert transaction.state is State.TERMINATED
                told.is_over = True
            elif isinstance(output, Send):
                self.look_at(output, told)
        alive = sum(not told.is_over for told in self.told.values())
        assert len(self.layer) == sum(self.layer.by_state().values()) == alive

    def look_at(self, send: Send, told: Told) -> None:
        assert send.data in told.sent or not send.repeated
        told.sent.append(send.data)
        told.repeats += send.repeated
        assert told.repeats <= MOST_REPEATS * 2 + told.happened

    def finish(self) -> None:
        """Let all end by itself, but for what waits for its TU or for the other side."""
        for transaction in self.kept:
            if transaction.state is State.PROCEEDING and not isinstance(
                transaction, ServerTransaction
            ):
                self.layer.abandon(transaction, self.now)
                self.told[id(transaction)].is_over = True
            elif isinstance(transaction, ServerTransaction) and not (
                transaction.is_over or transaction.status >= 200
            ):
                self.layer.respond(transaction, 500, b"SIP/2.0 500 X\r\n\r\n", self.now)
        self.look(MOST_OUTPUTS * (len(self.kept) + 1))
        for _ in range(2000):
            due = self.layer.get_timer()
            if due is None:
                break
            self.now = max(self.now, due)
            self.layer.handle_timer(self.now)
            self.look(MOST_OUTPUTS * (len(self.kept) + 1))


@settings(max_examples=250, deadline=None)
@given(st.lists(OPERATIONS, max_size=40))
def test_any_sequence_keeps_the_rules_and_leaves_nothing(
    operations: list[tuple[str, bytes, bytes, int, float, bool]],
) -> None:
    watched = Watched()
    for operation in operations:
        watched.happen(*operation)
    watched.finish()
    layer = watched.layer
    assert (len(layer), layer.get_timer(), layer.by_state()) == (0, None, {})
    assert layer._servers.is_empty
    assert len(layer._machine.timers) == 0
    assert all(told.is_over for told in watched.told.values())
    repeats = sum(told.repeats for told in watched.told.values())
    assert layer.counts["retransmissions_sent"] == repeats


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from(STATUSES), st.floats(0, 3)), max_size=60)
)
def test_a_late_clock_never_sends_more_than_an_exact_one(
    events: list[tuple[int, int, float]],
) -> None:
    counts: list[Counter[str]] = []
    for is_late in (False, True):
        layer, now = TransactionLayer(), 0.0
        for number in range(4):
            branch = b"z9hG4bK%d" % number
            layer.send_request(request(branch=branch), b"INVITE", branch, HOP, now)
        for number, status, wait in events:
            now += wait
            while not is_late and (due := layer.get_timer()) is not None and due <= now:
                layer.handle_timer(due)
            layer.handle_timer(now)
            answer = response(status, branch=b"z9hG4bK%d" % number)
            layer.receive_response(read(answer), now)
        counts.append(layer.counts)
    assert counts[1]["retransmissions_sent"] <= counts[0]["retransmissions_sent"]
    assert counts[1]["timeouts_B"] == counts[0]["timeouts_B"]
