"""One transaction driven by words, so that a table in a test reads as the RFC's figures do."""

from sip_exchange import BRANCH, HOP, call, read, request, response, serve, words

from seastool.errors import LocalProtocolError
from seastool.sip.hop import Hop
from seastool.sip.transactions import ArrivalKind, Timing, TransactionLayer


class Driven:
    """A transaction and its layer. `do` takes one word and tells what came of it:

    `INVITE`, `ACK` ...: that request comes (again). `180`: that response, given or received.
    `error`: of the transport. `at 32`: the clock is there. `wait`: until the next timer.
    Outcomes: as `words`; `up`: it went to the TU; `illegal`: refused; `absorbed`: neither.
    """

    def __init__(
        self, side: str, method: bytes, hop: Hop = HOP, timing: Timing | None = None
    ) -> None:
        self.layer = TransactionLayer(timing)
        self.method, self.hop, self.now = method, hop, 0.0
        self.is_server = side == "server"
        if self.is_server:
            self.transaction = serve(self.layer, request(method), 0.0, hop)
        else:
            self.transaction = call(self.layer, method, 0.0, hop)
        self.first = words(self.layer)

    @property
    def state(self) -> str:
        """As the RFC calls it."""
        return self.transaction.state.value

    def do(self, what: str, **options: bool) -> list[str]:
        """One thing happens."""
        if what.startswith("at "):
            self.now = float(what[3:])
            self.layer.handle_timer(self.now)
            return words(self.layer)
        if what == "wait":
            due = self.layer.get_timer()
            assert due is not None
            return self.do(f"at {due!r}")
        if what == "error":
            self.layer.transport_failed(self.transaction, self.now)
            return words(self.layer)
        if what.isdigit():
            return self._answer(int(what), **options)
        return self._ask(what.encode())

    def _answer(self, status: int, **options: bool) -> list[str]:
        text = response(status, self.method)
        if self.is_server:
            try:
                self.layer.respond(self.transaction, status, text, self.now, **options)
            except LocalProtocolError:
                return ["illegal"]
            return words(self.layer)
        found = self.layer.receive_response(read(text), self.now)
        assert found in (None, self.transaction)
        return [*words(self.layer), "up" if found else "absorbed"]

    def _ask(self, method: bytes) -> list[str]:
        text = read(request(method, branch=BRANCH))
        arrival = self.layer.receive_request(text, self.hop, self.now)
        went_up = arrival.kind in (ArrivalKind.NEW, ArrivalKind.ACK)
        return [*words(self.layer), "up" if went_up else "absorbed"]

    def times(self) -> list[tuple[float, list[str]]]:
        """All that happens by itself from now on, with its times."""
        found = []
        while self.layer.get_timer() is not None:
            outcome = self.do("wait")
            found.append((self.now, outcome))
        return found
