"""Each step of the model as operations."""

from __future__ import annotations

from collections.abc import Callable

from seastool.scenario.compiling.constants import count_of, parsed
from seastool.scenario.compiling.layout import Layout
from seastool.scenario.compiling.sends import SendCompiler
from seastool.scenario.matching.expression import compile_expression
from seastool.scenario.matching.matcher import Matcher, compile_matcher, name_what_comes
from seastool.scenario.operations.expecting import Expect, ExpectNot
from seastool.scenario.operations.flow import Assert, Delay, End, Jump, Log, Repeat, SwitchFaults
from seastool.scenario.operations.program import Operation
from seastool.scenario.reading.document import Path
from seastool.scenario.reading.model import (
    ExpectModel,
    MatchModel,
    StepModel,
)
from seastool.scenario.reading.report import Report
from seastool.scenario.texts.scope import Scope
from seastool.scenario.texts.template import compile_template
from seastool.scenario.units import parse_duration
from seastool.seas.dialect import Dialect


class StepCompiler:
    """Lays the steps of a scenario out as a program.

    timeout: of an expect that says none. What is wrong goes into the report.
    """

    def __init__(
        self,
        scope: Scope,
        report: Report,
        read_file: Callable[[str], str],
        check_fault: Callable[[str], None],
        dialect: Dialect,
    ) -> None:
        self.timeout = 0.0
        self._layout = Layout(report)
        self._expects = 0
        self._scope = scope
        self._report = report
        self._sends = SendCompiler(self._layout, scope, report, read_file, dialect)
        self._check_fault = check_fault

    @property
    def program(self) -> list[Operation]:
        """The operations so far."""
        return self._layout.program

    def compile(self, steps: list[StepModel], path: Path) -> None:
        """The operations of some steps."""
        for i, step in enumerate(steps):
            key = step.given[0]
            act: Callable[[StepModel, Path], None] = getattr(self, f"_{key}")
            act(step, [*path, i, key])

    # Sending.

    def _send(self, step: StepModel, path: Path) -> None:
        assert step.send is not None
        self._sends.send(step.send, path)

    def _reply(self, step: StepModel, path: Path) -> None:
        assert step.reply is not None
        self._sends.answer(step.reply, path, self._scope.role)

    # Waiting.

    def _expect(self, step: StepModel, path: Path) -> None:
        model = step.expect
        assert model is not None
        own = [key for key in ("type", "of", "where", "filter") if getattr(model, key) is not None]
        forms = [f for f in (own, model.any_of, model.not_) if f]
        if len(forms) != 1:
            keys = [*own, *(["any_of"] if model.any_of else []), *(["not"] if model.not_ else [])]
            told = " and ".join(keys) or "neither"
            self._report.tell(
                path, f"expect needs type, of, where or filter; or any_of; or not; found {told}"
            )
            return
        patience = self._duration(model.timeout, [*path, "timeout"])
        timeout = self.timeout if patience is None else patience
        if model.not_:
            self._expect_not(model, path, timeout)
            return
        matchers = self._matchers(model, path)
        self._layout.add(
            Expect(
                **self._layout.at(path, _title(model)),
                number=self._expects,
                matchers=tuple(matchers),
                optional=model.optional,
                timeout=timeout,
                patience=patience,
            )
        )
        self._expects += 1

    def _matchers(self, model: ExpectModel, path: Path) -> list[Matcher]:
        if not model.any_of:
            made = [compile_matcher(model, path, self._scope, self._report)]
            name_what_comes(model, path, self._scope, self._report)
            return made
        for key in ("capture", "as"):
            if getattr(model, "as_" if key == "as" else key) is not None:
                self._report.tell([*path, key], f"{key} belongs into an alternative", key=True)
        alternatives = [([*path, "any_of", i], one) for i, one in enumerate(model.any_of)]
        matchers = [compile_matcher(m, p, self._scope, self._report) for p, m in alternatives]
        for where, one in alternatives:
            name_what_comes(one, where, self._scope, self._report)
        return matchers

    def _expect_not(self, model: ExpectModel, path: Path, timeout: float) -> None:
        assert model.not_ is not None
        if model.optional:
            self._report.tell([*path, "optional"], "optional does not go with not", key=True)
        for key in ("capture", "as"):
            if getattr(model.not_, "as_" if key == "as" else key) is not None:
                self._report.tell([*path, "not", key], f"{key} does not go with not", key=True)
        matcher = compile_matcher(model.not_, [*path, "not"], self._scope, self._report)
        title = f"expect no {_title(model.not_)[len('expect ') :]}"
        self._layout.add(
            ExpectNot(**self._layout.at(path, title), matcher=matcher, timeout=timeout)
        )

    def _duration(self, text: str | None, path: Path) -> float | None:
        if text is None:
            return None
        return self._report.attempt(path, parsed, text, parse_duration, self._scope)

    # The rest.

    def _delay(self, step: StepModel, path: Path) -> None:
        seconds = self._duration(step.delay, path) or 0.0
        self._layout.add(Delay(**self._layout.at(path, "delay"), seconds=seconds))

    def _repeat(self, step: StepModel, path: Path) -> None:
        model = step.repeat
        assert model is not None
        count = None
        if (value := model.count) is not None:
            count = self._report.attempt([*path, "count"], count_of, value, self._scope)
        if model.counter:
            self._report.attempt([*path, "counter"], self._scope.assign, str(model.counter))
        condition = None
        if model.while_ is not None:
            condition = self._report.attempt(
                [*path, "while"], compile_expression, str(model.while_), self._scope
            )
        head = Repeat(
            **self._layout.at(path, "repeat"),
            count=count,
            condition=condition,
            counter=model.counter or "",
        )
        self._layout.add(head)
        self.compile(model.steps, [*path, "steps"])
        self._layout.add(Jump(**self._layout.at(path, "repeat"), to=head.index))
        head.end = len(self.program)

    def _assert(self, step: StepModel, path: Path) -> None:
        text = str(step.assert_)
        made = self._report.attempt(path, compile_expression, text, self._scope)
        if made is not None:
            self._layout.add(Assert(**self._layout.at(path, "assert"), expression=made))

    def _log(self, step: StepModel, path: Path) -> None:
        text = str(step.log)
        made = self._report.attempt(path, compile_template, text, self._scope)
        if made is not None:
            self._layout.add(Log(**self._layout.at(path, "log"), text=made))

    def _fault(self, step: StepModel, path: Path) -> None:
        model = step.fault
        assert model is not None
        for fault in model.start or ():
            self._report.attempt([*path, "start"], self._check_fault, fault)
        at = self._layout.at(path, "fault")
        self._layout.add(SwitchFaults(**at, start=model.start or (), stop=model.stop or ()))

    def _end(self, step: StepModel, path: Path) -> None:
        model = step.end
        assert model is not None
        reason = None
        if (text := model.fail) is not None:
            reason = self._report.attempt([*path, "fail"], compile_template, text, self._scope)
        self._layout.add(End(**self._layout.at(path, "end"), reason=reason))


def _title(model: MatchModel) -> str:
    """The step in short, for a person."""
    one = model
    if isinstance(model, ExpectModel) and model.any_of:
        return " or ".join(_title(one) for one in model.any_of)
    title = f"expect {' or '.join(one.type) if one.type else 'a frame'}"
    where = one.where or {}
    told = [str(where[key]) for key in ("sip.method", "sip.status", "status") if key in where]
    return " ".join([title, *told, *([f"of {one.of}"] if one.of else [])])
