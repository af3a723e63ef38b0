"""What a scenario is compiled to: operations in a row, and what they need of the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from seastool.errors import SeasError
from seastool.scenario.endpoint import Endpoint, OpenserEndpoint
from seastool.scenario.errors import Place
from seastool.scenario.running.pacing import Load
from seastool.scenario.texts.call import Call, Exchange
from seastool.seas.builder import Receive
from seastool.seas.dialect import Dialect

if TYPE_CHECKING:
    from seastool.scenario.matching.incoming import Incoming
    from seastool.scenario.operations.expecting import Expect
    from seastool.scenario.running.result import Failure


class StepFailed(SeasError):
    """A step whose call fails with this message."""


class Runner(Protocol):
    """What operations ask of the run they are part of."""

    endpoint: Endpoint
    bare: bool  # an automatic Content-Length of 0 is left out

    @property
    def openser(self) -> OpenserEndpoint:
        """The endpoint of role openser."""

    @property
    def receive_info(self) -> Receive:
        """Where requests come in if a step does not say."""

    def next_uac_id(self) -> int:
        """A uac id that this run has not used yet."""

    def adopt(self, call: Call, exchange: Exchange) -> None:
        """Frames that name this transaction belong to the call from now on."""

    def adopt_call_id(self, call: Call, text: bytes) -> None:
        """Frames with the Call-ID of this SIP text belong to the call from now on."""

    def sleep(self, call: Call, seconds: float) -> None:
        """The call waits: for a frame, or for that time to pass."""

    def came(self, expect: Expect, incoming: Incoming, since: float) -> None:
        """An expected frame came."""

    def ignore(self, incoming: Incoming) -> bool:
        """Whether a frame that is not expected does no harm; it is counted then."""

    def fail(self, call: Call, failure: Failure) -> None:
        """The call ends as failed."""

    def end(self, call: Call, operation: Operation) -> None:
        """The call ends as passed, unless frames wait that no step has asked for."""

    def failure(self, call: Call, operation: Operation, message: str) -> Failure:
        """What a failure says of where it happened."""

    def log(self, call: Call, text: str) -> None:
        """Tell something."""


class Operation:
    """One step, or part of one. index: which in the program. place: where it is written."""

    index: int
    place: Place
    title: str

    def step(self, run: Runner, call: Call) -> bool:
        """Do it and move `call.at`; False if the call waits or has ended.

        Raises: SeasError, which fails the call.
        """
        raise NotImplementedError

    def offer(self, run: Runner, call: Call, incoming: Incoming) -> bool:
        """A frame of the call came while this one waits; whether the call goes on.

        By default the frame waits for a step that wants it.
        """
        call.inbox.append(incoming)
        return False

    def rang(self, run: Runner, call: Call) -> bool:
        """The time that this one waited for is over; whether the call goes on."""
        call.at = self.index + 1
        return True


@dataclass(frozen=True, slots=True)
class Scenario:
    """A loaded scenario. name: of its file. variables: defaults of those that steps set."""

    name: str
    title: str
    description: str
    role: str
    dialect: Dialect | None
    variables: Mapping[str, str]
    ignores_unexpected: bool
    receive: Receive | None
    load: Load
    faults: tuple[str, ...]
    program: tuple[Operation, ...]
    expects: tuple[Expect, ...]

    @property
    def passive(self) -> bool:
        """Whether a call begins with a frame that comes, rather than with one that is sent."""
        return bool(self.expects) and self.program[0] is self.expects[0]

    def where(self, place: Place) -> str:
        """A place as a person, or an editor, reads it."""
        return f"{self.name}:{place.line}:{place.column}"
