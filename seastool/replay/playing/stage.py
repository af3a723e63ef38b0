"""All calls of a replay: who gets what comes, what is due when, what it came to.

Sans-I/O: the shell in `seastool.net.replay_sip` feeds it, sends what `take` gives and calls
`handle_timer` when `get_timer` says.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from seastool.errors import SipError
from seastool.replay.messages import RecordedCall
from seastool.replay.playing.options import Playing
from seastool.replay.playing.pace import Load, Pace
from seastool.replay.playing.player import Player
from seastool.replay.result import MessageDifference, ReplayResult
from seastool.replay.rewriting import Credentials, Place, Rewriting
from seastool.sip.grammar import Grammar
from seastool.sip.hop import Hop
from seastool.sip.incoming import Incoming, MessageReader
from seastool.sip.parts import branch, cseq
from seastool.sip.reasons import reason_of
from seastool.sip.transactions import (
    ArrivalKind,
    Send,
    State,
    Stray,
    TimedOut,
    Timing,
    TransactionLayer,
    TransportFailed,
)

_NO_DIALOG: Final = 481
_WAITING: Final = frozenset({State.CALLING, State.TRYING, State.PROCEEDING})


@dataclass(frozen=True, slots=True)
class Ends:
    """Both ends of the way. here: where the clients are. there: what they talk to, as it is
    called in URIs. hop: the way there. way_back: where the responses to a request go."""

    here: Place
    there: Place
    hop: Hop
    way_back: Callable[[Incoming, Hop], Hop]


class Stage:
    """Plays calls against one peer.

    new_token: gives identifiers. tell: takes each difference as it is found. note: takes lines
    for people, each once. result: what it came to so far. unreachable: why nothing ever came
    back; empty if something did, or may still. strays: what came for no call, by kind.
    """

    def __init__(
        self,
        calls: Sequence[RecordedCall],
        ends: Ends,
        *,
        playing: Playing,
        load: Load,
        new_token: Callable[[], bytes],
        tell: Callable[[MessageDifference], None],
        note: Callable[[str], None],
        credentials: Credentials | None = None,
        timing: Timing | None = None,
    ) -> None:
        self.result = ReplayResult()
        self.unreachable = ""
        self.strays: Counter[str] = Counter()
        self.pace = Pace(calls, load, playing.speed)
        self.layer = TransactionLayer(timing)
        self._ends, self._playing = ends, playing
        self._new_token, self._tell, self._credentials = new_token, tell, credentials
        self._on_note = note
        self._noted: set[str] = set()
        self._reader = MessageReader(Grammar())
        self._players: dict[bytes, Player] = {}
        self._timers: list[tuple[float, int, Player]] = []
        self._queued = 0
        self._is_answered = self._is_stopped = False
        self._next_call: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether all calls are."""
        return not self._players and (self._is_stopped or self.pace.is_over)

    @property
    def is_waiting(self) -> bool:
        """Whether something that was sent has no final answer yet."""
        states = {state.value for state in _WAITING}
        return any(
            " client " in name and name.rpartition(" ")[2] in states
            for name in self.layer.by_state()
        )

    # What drives it.

    def start(self, now: float) -> None:
        """Begin."""
        self._begin_calls(now)

    def receive(self, data: bytes, hop: Hop, now: float) -> None:
        """A message that came by that hop."""
        try:
            message = self._reader.read(data)
        except SipError as error:
            self._stray("messages that are no SIP", f"what came is no SIP: {error}")
            return
        if message.start.is_request:
            self._request(message, hop, now)
        else:
            transaction = self.layer.receive_response(message, now)
            if transaction is not None and isinstance(player := transaction.user, Player):
                player.response(transaction, message, now)
                self._played(player)
        self._begin_calls(now)

    def failed(self, data: bytes, reason: str, now: float) -> None:
        """A message could not be sent. data: as much of it as is known."""
        if not self._is_answered and not any(p.is_answered for p in self._players.values()):
            self.unreachable = self.unreachable or reason
            self.stop(now, reason)
            return
        found = self.layer.find_client((branch(data) or "").encode(), cseq(data)[1].encode())
        if found is not None and not data.startswith(b"SIP/2.0 "):
            self.layer.transport_failed(found, now)

    def get_timer(self) -> float | None:
        """When `handle_timer` is due; None for not yet."""
        times = [self.layer.get_timer(), self._timers[0][0] if self._timers else None]
        if not self._is_stopped:
            times.append(self._next_call)
        return min((time for time in times if time is not None), default=None)

    def handle_timer(self, now: float) -> None:
        """Do what is due."""
        self.layer.handle_timer(now)
        while self._timers and self._timers[0][0] <= now:
            when, _, player = heapq.heappop(self._timers)
            player.queued = None if player.queued == when else player.queued
            if not player.is_over and player.get_timer() == when:
                player.handle_timer(now)
                self._played(player)
        self._begin_calls(now)

    def take(self, now: float) -> list[Send]:
        """What is to be sent."""
        sends: list[Send] = []
        while outputs := self.layer.take():
            for output in outputs:
                if isinstance(output, Send):
                    self.result.sent += not output.repeated
                    sends.append(output)
                elif isinstance(output, TimedOut | TransportFailed):
                    if isinstance(player := output.transaction.user, Player):
                        player.timed_out(output.transaction, now)
                        self._played(player)
                elif isinstance(output, Stray):
                    self._stray("responses", "a response to nothing that was asked has come")
        return sends

    def stop(self, now: float, why: str) -> None:
        """Begin no more calls and leave those that run."""
        self._is_stopped = True
        for player in list(self._players.values()):
            player.stop(now, why)
            self._played(player)

    # Inside.

    def _begin_calls(self, now: float) -> None:
        self._next_call = None
        while not self._is_stopped:
            due = self.pace.due(now, len(self._players))
            if due is None or due > now:
                self._next_call = due
                return
            self._begin(self.pace.take(), now)

    def _begin(self, call: RecordedCall, now: float) -> None:
        ends = self._ends
        rewriting = Rewriting(
            call, ends.here, ends.there, self._new_token, credentials=self._credentials
        )
        player = Player(
            call, rewriting, self.layer, self._reader, ends.hop, self._playing, self._different
        )
        self.result.calls += 1
        self._players[rewriting.call_id] = player
        player.start(now)
        self._played(player)

    def _different(self, difference: MessageDifference) -> None:
        self.result.add(difference)
        self._tell(difference)

    def _request(self, request: Incoming, hop: Hop, now: float) -> None:
        arrival = self.layer.receive_request(request, self._ends.way_back(request, hop), now)
        if arrival.kind in (ArrivalKind.REPEATED, ArrivalKind.REFUSED):
            return
        player = self._players.get(request.call_id)
        if player is not None:
            player.request(arrival, request, hop, now)
            self._played(player)
            return
        self._stray("requests", "a request of no call has come")
        if arrival.transaction is not None:
            form = self._reader.form(request, hop.remote_address, hop.remote_port)
            answer = form.render(_NO_DIALOG, reason_of(_NO_DIALOG).encode())
            self.layer.respond(arrival.transaction, _NO_DIALOG, answer, now)

    def _played(self, player: Player) -> None:
        """Set its timer anew; count it if it is over."""
        if not player.is_over:
            due = player.get_timer()
            if due is not None and due != player.queued:
                player.queued = due
                self._queued += 1
                heapq.heappush(self._timers, (due, self._queued, player))
            return
        if self._players.pop(player.rewriting.call_id, None) is None:
            return
        self._is_answered = self._is_answered or player.is_answered
        self.result.compared += player.report.compared
        if not player.is_whole:
            self.result.unfinished += 1
            if not self.unreachable:
                self._note(f"a call was left before its end: {player.why}")
        for note in player.rewriting.notes:
            self._note(note)
        if self.is_over and not self._is_answered and not self._is_stopped:
            self.unreachable = "nothing came back"

    def _stray(self, kind: str, text: str) -> None:
        self.strays[kind] += 1
        self._note(text)

    def _note(self, text: str) -> None:
        if text not in self._noted and len(self._noted) < 100:
            self._noted.add(text)
            self._on_note(text)
