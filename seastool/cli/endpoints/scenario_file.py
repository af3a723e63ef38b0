"""``--scenario``, ``--set`` and the options that change a scenario's load."""

from __future__ import annotations

from collections.abc import Sequence

from seastool.cli.endpoints.scenario_load import LoadOptions
from seastool.cli.exits import NotSeas, UsageFault
from seastool.scenario.errors import BadText, ScenarioError
from seastool.scenario.loader import NoScenario, load_scenario
from seastool.scenario.operations.program import Scenario
from seastool.scenario.running.pacing import Load
from seastool.scenario.units import parse_rate
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


def load_of(scenario: Scenario | None, wishes: LoadOptions) -> Load:
    """The scenario's load, with what the options change. Raises: UsageFault."""
    if scenario is not None and scenario.passive and wishes.rate:
        raise UsageFault(
            f"--rate {wishes.rate}: the first step of {scenario.name} is an expect, so that its "
            "calls begin when something comes; leave it out"
        )
    load = scenario.load if scenario is not None else Load()
    rate = rate_of(wishes)
    return load.with_changes(calls=wishes.calls, rate=rate, concurrency=wishes.concurrency)


def rate_of(wishes: LoadOptions) -> float | None:
    """Calls a second. Raises: UsageFault."""
    try:
        return parse_rate(wishes.rate) if wishes.rate else None
    except BadText as error:
        raise UsageFault(f"--rate: {error}") from None


def _settings(variables: Sequence[str]) -> dict[str, str]:
    settings = {}
    for text in variables:
        name, sign, value = text.partition("=")
        if not name or not sign:
            raise UsageFault(f"--set {text}: it is NAME=VALUE")
        settings[name] = value
    return settings
