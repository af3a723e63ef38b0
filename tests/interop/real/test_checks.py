"""`seastool check openser` against a real Kamailio: its faults are found and named."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import kamailio as proxy
import pytest

from seastool.interop.checks.openser import SUITE
from seastool.interop.checks.result import Result
from seastool.interop.checks.verdict import Verdict
from seastool.net.checks.openser_run import check_openser
from seastool.net.checks.openser_stage import Target

EXPECTED = Path(__file__).parents[1] / "expected" / "kamailio-5.6.3.yaml"
VISIBLE = ("DIRECT_TCP", "KEEP_ZERO_LENGTH")  # leave out the ways around these faults
QUICK = ("--timeout", "1s", "--quiet-time", "200ms")
HALVES = ("open.*,bind.*,action.*", "[!oba]*.*,ack.*")
SURVIVED = {"kill.reply-unknown", "kill.many-replies"}


class Bare(proxy.Kamailio):
    """Without the way around provisional responses that are not passed on."""

    def _configuration(self) -> str:
        lines = super()._configuration().splitlines()
        return "\n".join(line for line in lines if "pass_provisional" not in line) + "\n"


async def checked(kamailio: proxy.Kamailio, id: str) -> Result:
    target = Target("127.0.0.1", kamailio.port, timeout=1.0, quiet=0.2)
    run = await check_openser(target, SUITE.select([id], dangerous=True))
    return run.results[0]


@pytest.fixture
def one_kamailio(installed, tmp_path):
    """A proxy that may die."""
    running = []

    def run(kind=proxy.Kamailio, pings="", definitions=()):
        directory = tmp_path / f"kamailio{len(running)}"
        directory.mkdir()
        running.append(kind(directory, pings=pings, definitions=definitions))
        running[-1].start()
        return running[-1]

    yield run
    for one in running:
        one.close()


class Half:
    """A run of some of the checks by the command line."""

    def __init__(self, kamailio: proxy.Kamailio, directory: Path, select: str) -> None:
        self.kamailio = kamailio
        self.report, self.kept = directory / "junit.xml", directory / "kept"
        directory.mkdir()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "seastool", "check", "openser", kamailio.seas, *QUICK),
                *("--select", select, "--expected", EXPECTED),
                *("--junit", self.report, "--artefacts", self.kept),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def test_the_verdicts_are_those_of_the_repository(one_kamailio, tmp_path):
    """All checks but those that end it, half of them in each of two proxies; and, meanwhile, those
    that do, each in a proxy of its own."""
    halves = [
        Half(one_kamailio(pings="500:2:400", definitions=VISIBLE), tmp_path / f"half{n}", select)
        for n, select in enumerate(HALVES)
    ]
    try:
        _what_ends_it_is_found_and_named(one_kamailio)
        outs = [half.process.communicate(timeout=100)[0] for half in halves]
    finally:
        for half in halves:
            half.process.kill()
    assert [half.process.returncode for half in halves] == [0, 0], "\n".join(outs)
    assert all("kamailio-5.6.3" in out.splitlines()[-1] for out in outs)
    suites = [ElementTree.parse(half.report).getroot()[0] for half in halves]
    assert [suite.get("failures") for suite in suites] == ["0", "0"]
    assert sum(int(suite.get("tests")) for suite in suites) == len(SUITE.select())
    known = [line for line in EXPECTED.read_text().splitlines() if ": known " in line]
    kept = [path for half in halves for path in half.kept.glob("*.pcapng")]
    assert len(kept) == len(known)
    assert all(half.kamailio.is_alive for half in halves)


def _what_ends_it_is_found_and_named(one_kamailio):
    checks = [check for check in SUITE if check.dangerous]
    running = [one_kamailio() for _ in checks]

    async def main() -> list[Result]:
        works = zip(running, checks, strict=True)
        return await asyncio.gather(*(checked(one, check.id) for one, check in works))

    for check, result in zip(checks, asyncio.run(main()), strict=True):
        if check.id in SURVIVED:
            assert result.verdict is Verdict.PASS, result
        else:
            assert (result.verdict, result.fault) == (Verdict.KNOWN, check.fault), result


def test_what_the_configuration_works_around_is_found_without_it(one_kamailio):
    result = asyncio.run(checked(one_kamailio(Bare), "uac.provisional"))
    assert (result.verdict, result.fault) == (Verdict.KNOWN, "provisional-replies-lost")
