"""Steps that send nothing: delay, repeat, assert, log, fault, end."""

from __future__ import annotations

from dataclasses import dataclass

from seastool.scenario.errors import Place
from seastool.scenario.matching.expression import Expression
from seastool.scenario.operations.program import Operation, Runner, StepFailed
from seastool.scenario.texts.call import Call
from seastool.scenario.texts.template import Template


@dataclass(slots=True, eq=False)
class Delay(Operation):
    """Nothing for a time; frames that come wait."""

    index: int
    place: Place
    title: str
    seconds: float

    def step(self, run: Runner, call: Call) -> bool:
        if self.seconds <= 0:
            call.at = self.index + 1
            return True
        run.sleep(call, self.seconds)
        return False


@dataclass(slots=True, eq=False)
class Repeat(Operation):
    """The head of a loop: into it once more, or past its end. count: None without a bound."""

    index: int
    place: Place
    title: str
    count: int | None
    condition: Expression | None
    counter: str
    end: int = 0

    def step(self, run: Runner, call: Call) -> bool:
        done = call.rounds.get(self.index, 0)
        over = self.count is not None and done >= self.count
        if over or (self.condition is not None and not self.condition.holds(call)):
            call.rounds.pop(self.index, None)
            call.at = self.end
            return True
        call.rounds[self.index] = done + 1
        if self.counter:
            call.variables[self.counter] = str(done + 1)
        call.at = self.index + 1
        return True


@dataclass(slots=True, eq=False)
class Jump(Operation):
    """Back to the head of a loop."""

    index: int
    place: Place
    title: str
    to: int

    def step(self, run: Runner, call: Call) -> bool:
        call.at = self.to
        return True


@dataclass(slots=True, eq=False)
class Assert(Operation):
    """The call fails unless the expression holds."""

    index: int
    place: Place
    title: str
    expression: Expression

    def step(self, run: Runner, call: Call) -> bool:
        if not self.expression.holds(call):
            told = "".join(f", {name} is {value!r}" for name, value in self.expression.told(call))
            raise StepFailed(f"does not hold: {self.expression.text}{told}")
        call.at = self.index + 1
        return True


@dataclass(slots=True, eq=False)
class Log(Operation):
    """Something to tell."""

    index: int
    place: Place
    title: str
    text: Template

    def step(self, run: Runner, call: Call) -> bool:
        run.log(call, self.text.render(call))
        call.at = self.index + 1
        return True


@dataclass(slots=True, eq=False)
class SwitchFaults(Operation):
    """Faults on and off."""

    index: int
    place: Place
    title: str
    start: tuple[str, ...]
    stop: tuple[str, ...]

    def step(self, run: Runner, call: Call) -> bool:
        for fault in self.stop:
            run.endpoint.stop_fault(fault)
        for fault in self.start:
            run.endpoint.start_fault(fault)
        call.at = self.index + 1
        return True


@dataclass(slots=True, eq=False)
class End(Operation):
    """The call ends here; reason: why it failed, None if it passed."""

    index: int
    place: Place
    title: str
    reason: Template | None

    def step(self, run: Runner, call: Call) -> bool:
        if self.reason is not None:
            raise StepFailed(self.reason.render(call))
        run.end(call, self)
        return False
