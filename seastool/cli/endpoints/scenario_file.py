"""``--scenario``, ``--set`` and the options that change a scenario's load."""

from __future__ import annotations

from collections.abc import Sequence

from seastool.cli.exits import NotSeas, UsageFault
from seastool.scenario.errors import ScenarioError
from seastool.scenario.loader import NoScenario, load_scenario
from seastool.scenario.operations.program import Scenario
from seastool.scenario.running.pacing import Load
from seastool.seas.faults import parse_fault


def load_wanted(name: str | None, variables: Sequence[str] | None, role: str) -> Scenario | None:
    """The scenario; None without a name. Raises: NotSeas for one that is not right, UsageFault."""
    if not name:
        return None
    try:
        scenario = load_scenario(name, _settings(variables or ()), check_fault=parse_fault)
    except (ScenarioError, NoScenario) as error:
        raise NotSeas(str(error)) from None
    if scenario.role != role:
        raise UsageFault(f"--scenario {name}: it is for seastool {scenario.role}")
    return scenario


def load_of(
    scenario: Scenario | None, calls: int | None, rate: float | None, concurrency: int | None
) -> Load:
    """The scenario's load, with what the options change."""
    load = scenario.load if scenario is not None else Load()
    return load.with_changes(calls=calls, rate=rate, concurrency=concurrency)


def _settings(variables: Sequence[str]) -> dict[str, str]:
    settings = {}
    for text in variables:
        name, sign, value = text.partition("=")
        if not name or not sign:
            raise UsageFault(f"--set {text}: it is NAME=VALUE")
        settings[name] = value
    return settings
