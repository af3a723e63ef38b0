"""From the model to a program: names resolved, templates and matchers compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from seastool.scenario.compiling.constants import compile_receive, parsed
from seastool.scenario.compiling.steps import StepCompiler
from seastool.scenario.errors import suggestion
from seastool.scenario.operations.expecting import Expect
from seastool.scenario.operations.flow import End
from seastool.scenario.operations.program import Operation, Scenario
from seastool.scenario.reading.document import Document
from seastool.scenario.reading.model import LoadModel, MatchModel, ScenarioModel, StepModel
from seastool.scenario.reading.report import Report
from seastool.scenario.running.pacing import Load
from seastool.scenario.texts.scope import BUILT_IN, Scope
from seastool.scenario.units import parse_duration, parse_rate
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import UnknownDialect, lookup

DEFAULT_DIALECT = "kamailio"


def compile_scenario(
    document: Document,
    model: ScenarioModel,
    settings: Mapping[str, str],
    read_file: Callable[[str], str],
    check_fault: Callable[[str], None],
) -> Scenario:
    """Raises: ScenarioError with all that is wrong."""
    report = Report(document)
    dialect = _dialect(model, report)
    scope = Scope(model.role, _variables(model, settings, report), _assigned(model.steps))
    encoding = dialect or lookup(DEFAULT_DIALECT)
    steps = StepCompiler(scope, report, read_file, check_fault, encoding)
    steps.timeout = report.attempt(["timeout"], parsed, model.timeout, parse_duration, scope) or 0.0
    load = _load(model.load, scope, report)
    receive = compile_receive(model.receive, ["receive"], scope, report, encoding)
    if model.role != "openser" and model.receive is not None:
        report.tell(["receive"], "receive is for the role openser", key=True)
    _check_faults(model, report, check_fault)
    steps.compile(model.steps, ["steps"])
    report.close()
    program = [*steps.program]
    program.append(End(len(program), report.place(["steps", len(model.steps) - 1]), "end", None))
    return Scenario(
        name=document.name,
        title=model.scenario,
        description=model.description or "",
        role=model.role,
        dialect=dialect,
        variables=scope.variables,
        ignores_unexpected=model.unexpected == "ignore",
        receive=receive,
        load=load,
        faults=tuple(model.faults or ()),
        program=tuple(program),
        expects=tuple(_linked(program)),
    )


def _dialect(model: ScenarioModel, report: Report) -> Dialect | None:
    if model.dialect is None:
        return None
    try:
        return lookup(model.dialect)
    except UnknownDialect as error:
        report.tell(["dialect"], str(error))
        return None


def _variables(model: ScenarioModel, settings: Mapping[str, str], report: Report) -> dict[str, str]:
    """The defaults, as they are written, and what was set in their place."""
    variables = {
        name: report.document.node(["variables", name]).raw for name in model.variables or ()
    }
    for name in variables:
        if name in BUILT_IN:
            report.tell(["variables", name], f"{name} is built in", key=True)
    for name, value in settings.items():
        if name not in variables:
            known = suggestion(name, variables)
            report.tell(["variables"], f"--set {name}: there is no such variable{known}")
        variables[name] = value
    return variables


def _assigned(steps: list[StepModel]) -> Iterator[str]:
    """The variables that some step sets."""
    for step in steps:
        if step.repeat:
            if step.repeat.counter:
                yield step.repeat.counter
            yield from _assigned(step.repeat.steps)
        if step.expect:
            matches: list[MatchModel] = [step.expect, *(step.expect.any_of or ())]
            for match in matches:
                yield from match.capture or ()


def _load(model: LoadModel | None, scope: Scope, report: Report) -> Load:
    if model is None:
        return Load()
    rate = model.rate and report.attempt(
        ["load", "rate"], parsed, str(model.rate), parse_rate, scope
    )
    duration = model.duration and report.attempt(
        ["load", "duration"], parsed, str(model.duration), parse_duration, scope
    )
    return Load(model.calls, rate or None, model.concurrency, duration or None)


def _check_faults(model: ScenarioModel, report: Report, check_fault: Callable[[str], None]) -> None:
    for i, fault in enumerate(model.faults or ()):
        report.attempt(["faults", i], check_fault, fault)


def _linked(program: list[Operation]) -> Iterator[Expect]:
    """The expects, each told which others a frame may match instead."""
    for operation in program:
        if isinstance(operation, Expect):
            window = [operation]
            while window[-1].optional:
                following = program[window[-1].index + 1]
                if not isinstance(following, Expect):
                    break
                window.append(following)
            operation.link(tuple(window))
            yield operation
