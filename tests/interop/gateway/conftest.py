"""Real programs beside the gateway, and the gateway itself as a child process."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "torture"))
sys.path.insert(0, str(Path(__file__).parents[1] / "real"))
sys.path.insert(0, str(Path(__file__).parent))

from gateway_process import GatewayProcess
from real_programs import app_server, installed, run_kamailio
from sipp import Sipp

__all__ = ["app_server", "installed", "run_kamailio"]


@pytest.fixture
def run_gateway(tmp_path: Path) -> Iterator[Callable[..., GatewayProcess]]:
    """Start a gateway with options of `GatewayProcess`. It must be alive at the end."""
    started: list[GatewayProcess] = []

    def run(*options: str, **ports: object) -> GatewayProcess:
        started.append(GatewayProcess(tmp_path / f"gateway{len(started)}", *options, **ports))
        started[-1].start()
        started[-1].wait_ready()
        return started[-1]

    yield run
    died = [one for one in started if not one.alive and not one.was_ended]
    for one in started:
        one.kill()
        print(f"--- {one}\n{one.err}")
    assert not died, "the gateway has died"
    assert not any("Traceback" in one.err for one in started)


@pytest.fixture
def run_sipp(installed: None, tmp_path: Path) -> Iterator[Callable[..., Sipp]]:
    """Calls of a scenario to a target, or takers of calls; not yet started."""
    made: list[Sipp] = []

    def make(target: str, scenario: str = "uac", **options: object) -> Sipp:
        made.append(Sipp(tmp_path / f"sipp{len(made)}", target, scenario, **options))
        return made[-1]

    yield make
    for one in made:
        one.kill()
