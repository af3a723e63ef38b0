"""Fixtures for pytest: both sides of SEAS, the real proxy, and a capture of every test.

Loaded by pytest wherever seastool is installed, so it imports nothing until a fixture is used.
All of it: docs/pytest.md.
"""

from __future__ import annotations

import os
import re
import shutil
import typing
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from zlib import crc32

import pytest

if typing.TYPE_CHECKING:
    from seastool.testing import (
        RunningAppServer,
        RunningGateway,
        RunningKamailio,
        RunningOpenser,
        TrafficFile,
    )

T = typing.TypeVar("T")
PROXIES: typing.Final = ("seas_openser", "seas_gateway", "kamailio_seas")
FOLDER: typing.Final = "seas-captures"
LONGEST_NAME: typing.Final = 150
MARKERS: typing.Final = (
    "seas_app(what, ..., delay=0, behind=FIXTURE, settings=None, options=None): what "
    "seas_appserver runs, 'module:Class', 'file.py:Class' or behaviours, or app=Class",
    "seas_proxy(like=NAME, far_end=STATUSES, options=None, definitions=LIST): what proxy it is; "
    "far_end is of seas_openser, definitions of kamailio_seas alone",
)


class Kept(typing.NamedTuple):
    """What there is of a test. notes: what its endpoints said, by who said it."""

    file: TrafficFile
    notes: list[tuple[str, Callable[[], str]]]


_ODD: typing.Final = re.compile(r"[^A-Za-z0-9_.-]+")
_KEPT: typing.Final = pytest.StashKey[Kept]()
_FAILED: typing.Final = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--seas-captures`` and ``--seas-keep``."""
    group = parser.getgroup("seastool", "traffic of SEAS tests")
    group.addoption(
        "--seas-captures",
        metavar="DIR",
        default=FOLDER,
        help=f"where captures are kept, below the root directory of pytest ({FOLDER})",
    )
    group.addoption(
        "--seas-keep",
        choices=("failed", "all"),
        default="failed",
        help="of which tests (failed)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The markers."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Of a test that fails, its capture is kept and told."""
    report = yield
    kept = item.stash.get(_KEPT, None)
    if kept is None:
        return report
    failed = item.stash.get(_FAILED, False)
    if report.failed:
        item.stash[_FAILED] = True
        if not failed:
            report.sections += _sections(item, kept)
    if report.when == "teardown":
        _finish(item, kept)
    return report


def _finish(item: pytest.Item, kept: Kept) -> None:
    """Of a test that has failed, all that was captured is kept; the rest goes."""
    with suppress(OSError):
        if item.stash.get(_FAILED, False) or item.config.getoption("--seas-keep") == "all":
            _keep(item, kept)
        kept.file.path.unlink(missing_ok=True)
        kept.file.path.parent.rmdir()
    del item.stash[_KEPT]
    item.stash[_FAILED] = False  # it may be run again


def _sections(item: pytest.Item, kept: Kept) -> list[tuple[str, str]]:
    """What is told of a capture. Nothing that goes wrong here fails a test a second time."""
    sections = []
    try:
        from seastool.testing.shown import report_lines

        path = _keep(item, kept)
        sections.append(("SEAS capture", "\n".join(report_lines(path, _shown(item, path)))))
    except Exception as error:
        sections.append(("SEAS capture", f"cannot be shown: {type(error).__name__}: {error}"))
    for name, said in kept.notes:
        if text := said():
            sections.append((name, text))
    return sections


def _keep(item: pytest.Item, kept: Kept) -> Path:
    folder = item.config.rootpath / str(item.config.getoption("--seas-captures"))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_file_name(item.nodeid)}.pcapng"
    shutil.copyfile(kept.file.path, path)
    return path


def _file_name(nodeid: str) -> str:
    """A name that any file system and any store of artefacts takes, another one for each test."""
    test, _, parameters = nodeid.replace(".py::", "-").partition("[")
    name = _ODD.sub("-", test) + (f"-{parameters.removesuffix(']')}" if parameters else "")
    plain = _ODD.sub("-", name)
    if plain == name and len(name) <= LONGEST_NAME:
        return name
    return f"{plain[:LONGEST_NAME]}-{crc32(nodeid.encode('utf-8', 'replace')):08x}"


def _shown(item: pytest.Item, path: Path) -> str:
    try:
        return str(path.relative_to(item.config.invocation_params.dir))
    except ValueError:
        return str(path)


@pytest.fixture
def seas_capture(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TrafficFile]:
    """The traffic of the test's fixtures as a pcapng file (`path`), decoded by `records()`."""
    from seastool.testing.traffic_file import TrafficFile

    file = TrafficFile(tmp_path_factory.mktemp("seas") / "test.pcapng")
    request.node.stash[_KEPT] = Kept(file, [])
    yield file
    file.close()


@pytest.fixture
def seas_openser(
    request: pytest.FixtureRequest, seas_capture: TrafficFile
) -> Iterator[RunningOpenser]:
    """The proxy's side of SEAS, on free ports: `seastool.testing.RunningOpenser`."""
    from seastool.testing import running_openser

    with ExitStack() as stack:
        how = _marked(request, "seas_proxy")
        yield _entered(stack, lambda: running_openser(traffic=seas_capture.ear(), **how))


@pytest.fixture
def seas_gateway(
    request: pytest.FixtureRequest, seas_capture: TrafficFile
) -> Iterator[RunningGateway]:
    """A proxy with SIP and SEAS, on free ports: `seastool.testing.RunningGateway`."""
    from seastool.testing import running_gateway

    with ExitStack() as stack:
        how = _marked(request, "seas_proxy")
        gateway = _entered(stack, lambda: running_gateway(traffic=seas_capture.ear(), **how))
        _note(request, "seas_gateway", lambda: "\n".join(gateway.notes))
        yield gateway


@pytest.fixture
def kamailio_seas(
    request: pytest.FixtureRequest, seas_capture: TrafficFile, tmp_path: Path
) -> Iterator[RunningKamailio]:
    """Debian's Kamailio with its module seas: `seastool.testing.RunningKamailio`.

    Where it is not installed the test is skipped, but fails if CI is "true" in the environment.
    """
    from seastool.testing import NotInstalled, running_kamailio

    how = _marked(request, "seas_proxy")
    folder = tmp_path / "kamailio"
    folder.mkdir()
    with ExitStack() as stack:
        try:
            kamailio = _entered(
                stack, lambda: running_kamailio(folder, traffic=seas_capture.ear(), **how)
            )
        except NotInstalled as error:
            if os.environ.get("CI") == "true":
                pytest.fail(f"{error} (CI is true: not skipped)", pytrace=False)
            pytest.skip(str(error))
        _note(request, "kamailio", lambda: kamailio.log)
        yield kamailio


@pytest.fixture
def seas_appserver(
    request: pytest.FixtureRequest, seas_capture: TrafficFile
) -> Iterator[RunningAppServer]:
    """An application server with the application of the marker `seas_app`, connected to the proxy
    of the test, `seas_openser` if it has none: `seastool.testing.RunningAppServer`."""
    from seastool.testing import application_of, running_appserver

    marker = request.node.get_closest_marker("seas_app")
    if marker is None:
        pytest.fail("seas_appserver runs what @pytest.mark.seas_app(...) says", pytrace=False)
    how = dict(marker.kwargs)
    proxy = request.getfixturevalue(_proxy_of(request, how.pop("behind", "")))
    delay, folder = how.pop("delay", 0.0), request.path.parent
    # By name: a marker with nothing but a class in its brackets would mark the class.
    given = (how.pop("app"),) if "app" in how else marker.args

    def made() -> AbstractContextManager[RunningAppServer]:
        application = application_of(*given, delay=delay, folder=folder)
        return running_appserver(application, proxy, traffic=seas_capture.ear(), **how)

    with ExitStack() as stack:
        server = _entered(stack, made)
        _note(request, "seas_appserver", lambda: "\n".join(server.log))
        yield server


def _proxy_of(request: pytest.FixtureRequest, behind: str) -> str:
    """The fixture of the proxy: the one that is said, the only one of the test."""
    used = [name for name in PROXIES if name in request.fixturenames]
    if behind in PROXIES:
        return behind
    if behind or len(used) > 1:
        names = ", ".join(PROXIES)
        pytest.fail(f"seas_app: behind={behind!r} must be one of {names}", pytrace=False)
    return used[0] if used else PROXIES[0]


def _entered(stack: ExitStack, made: Callable[[], AbstractContextManager[T]]) -> T:
    """The endpoint, entered. What can be told in one line fails the test so."""
    from seastool.errors import SeasError
    from seastool.testing import NotInstalled

    try:
        return stack.enter_context(made())
    except NotInstalled:
        raise
    except (SeasError, OSError, TypeError) as error:
        pytest.fail(f"{type(error).__name__}: {error}", pytrace=False)


def _marked(request: pytest.FixtureRequest, name: str) -> dict[str, typing.Any]:
    marker = request.node.get_closest_marker(name)
    return dict(marker.kwargs) if marker is not None else {}


def _note(request: pytest.FixtureRequest, name: str, said: Callable[[], str]) -> None:
    request.node.stash[_KEPT].notes.append((name, said))
