"""Two scenarios run against each other in memory, one of each role."""

from memory_endpoints import MemoryAppServer, MemoryOpenser, digits

from seastool.scenario.loader import load_scenario, parse_scenario
from seastool.scenario.operations.program import Scenario
from seastool.scenario.running.pacing import Load
from seastool.scenario.running.run import ScenarioRun
from seastool.seas.codec import encode_frame
from seastool.seas.frames import Frame

STEPS = 3000


def scenario_of(text: str) -> Scenario:
    """A built-in scenario by its name, or one that is given whole."""
    return load_scenario(text) if text.isidentifier() else parse_scenario(text)


def join(
    proxy: str,
    server: str,
    dialect: str = "openser-1.3.0",
    load: Load | None = None,
    *,
    step: float = 0.01,
) -> tuple[ScenarioRun, ScenarioRun]:
    """The two runs when all calls are over, or after a while."""
    one, other = MemoryOpenser(dialect), MemoryAppServer(dialect)
    played = scenario_of(proxy), scenario_of(server)
    runs = (
        ScenarioRun(played[0], one, digits, load=load),
        ScenarioRun(
            played[1],
            other,
            lambda count: "9" * count,
            load=Load(calls=load.calls) if load else None,
        ),
    )
    now = [0.0]
    one.on_frame = lambda f: runs[1].receive(f, encode_frame(f, one.dialect.layout), now[0])

    def act(frame: Frame) -> None:
        runs[0].receive(frame, encode_frame(frame, one.dialect.layout), now[0])
        one.act(frame)

    other.on_frame = act
    runs[1].start(0.0)
    runs[0].start(0.0)
    for _ in range(STEPS):
        if all(run.finished for run in runs):
            break
        now[0] += step
        for run in runs:
            run.handle_timer(now[0])
    return runs
