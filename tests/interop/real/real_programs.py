"""Fixtures: a real Kamailio, sipp, and application servers under test. What is missing is told."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import kamailio as proxy
import pytest
from app_server_process import AppServerProcess
from sipp import Sipp

from seastool.testing.kamailio import NotInstalled, kamailio_program


def missing(reason: str) -> None:
    pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)


@pytest.fixture
def installed() -> None:
    """The programs that these tests run. Skips where one is missing; in CI, fails."""
    try:
        kamailio_program()
    except NotInstalled as error:
        missing(str(error))
    if shutil.which("sipp") is None:
        missing("sipp is not installed: apt-get install sip-tester")


@pytest.fixture
def run_kamailio(installed: None, tmp_path: Path) -> Iterator[Callable[..., proxy.Kamailio]]:
    """Start a proxy, with options of `Kamailio`. What it said is shown if the test fails."""
    running: list[proxy.Kamailio] = []

    def run(**options: object) -> proxy.Kamailio:
        directory = tmp_path / f"kamailio{len(running)}"
        directory.mkdir()
        running.append(proxy.Kamailio(directory, **options))
        running[-1].start()
        return running[-1]

    yield run
    died = [one for one in running if one.has_died]
    for one in running:
        one.close()
        print(f"--- kamailio\n{one.log}")
    assert not died, "kamailio has died"


@pytest.fixture
def kamailio(run_kamailio: Callable[..., proxy.Kamailio]) -> proxy.Kamailio:
    """A running proxy."""
    return run_kamailio()


@pytest.fixture
def app_server(tmp_path: Path) -> Iterator[Callable[..., AppServerProcess]]:
    """Start `seastool appserver` for a proxy, with options, and wait until it is ready."""
    started: list[AppServerProcess] = []

    def start(kamailio: proxy.Kamailio, *options: str) -> AppServerProcess:
        server = AppServerProcess(tmp_path / f"as{len(started)}", kamailio.seas, options)
        started.append(server)
        server.start()
        server.wait_ready()
        return server

    yield start
    for server in started:
        server.kill()
        print(f"--- {server}\n{server.err}")


@pytest.fixture
def sipp(kamailio: proxy.Kamailio, tmp_path: Path) -> Iterator[Callable[..., Sipp]]:
    """Calls to the proxy, of a scenario and with options of `Sipp`; not yet started."""
    made: list[Sipp] = []

    def make(scenario: str, **options: object) -> Sipp:
        made.append(Sipp(tmp_path / f"sipp{len(made)}", kamailio.sip, scenario, **options))
        return made[-1]

    yield make
    for one in made:
        one.kill()
