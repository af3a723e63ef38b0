"""The checks of a proxy: all pass against our own, and each has something that makes it fail.

All runs go on at the same time, as each is mostly waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import pytest
from crooked_gateway import BOTH, CrookedGateway
from openser_crooks import CROOKS, crooks

from seastool.interop.checks.openser import SUITE
from seastool.interop.checks.result import Run
from seastool.interop.checks.verdict import Verdict
from seastool.net.checks.openser_run import check_openser
from seastool.net.checks.openser_stage import Target
from seastool.net.gateway import Gateway, GatewayOptions
from seastool.seas.openser.behaviours import behave_like

# What the gateway's way of handing over leaves nothing to check of.
NOT_HERE = {"request.stateless"}
GROUPS = 6
PARTS = 3
AT_A_TIME = 20
SERVERS = ("kamailio-5.6.3", "openser-1.2.0")
WANTED = "uac.*,stateless.*,request.content-length-zero,bind.lone-unbind,action.too-long"


def target(port: int) -> Target:
    return Target("127.0.0.1", port, timeout=2.0, quiet=0.25, pause=0.02, seed=1)


async def crooked(
    ids: Iterable[str], select: Iterable[str] = (), *, dangerous: bool = False
) -> Run:
    made = crooks()
    async with CrookedGateway([made[id] for id in ids]) as gateway:
        checks = SUITE.select(list(select), dangerous=dangerous)
        return await check_openser(target(gateway.seas_port), checks)


async def like(server: str) -> Run:
    options = GatewayOptions(behaviour=behave_like(server))
    async with Gateway(sip=BOTH, seas_port=0, options=options) as gateway:
        return await check_openser(target(gateway.seas_port), SUITE.select([WANTED]))


async def whole(ids: Iterable[str] = (), *, dangerous: bool = False) -> Run:
    """All checks, shared out among some gateways that are alike."""
    ids, every = list(ids), [check.id for check in SUITE.select(dangerous=dangerous)]
    parts = (every[first::PARTS] for first in range(PARTS))
    runs = await asyncio.gather(*(crooked(ids, part, dangerous=dangerous) for part in parts))
    return replace(runs[0], results=[result for run in runs for result in run.results])


def groups() -> list[list[str]]:
    """Crooks that do not stand in each other's way, as many as can be in one run."""
    ids = [id for id, crook in CROOKS.items() if not crook.lone and not SUITE[id].dangerous]
    return [ids[first::GROUPS] for first in range(GROUPS)]


class Runs(NamedTuple):
    """What came of all runs."""

    plain: Run
    single: Mapping[str, Run]
    grouped: list[tuple[list[str], Run]]
    like: Mapping[str, Run]


@pytest.fixture(scope="module")
def runs() -> Runs:
    async def all_of(works: list[Callable[[], Awaitable[Run]]]) -> list[Run]:
        limit = asyncio.Semaphore(AT_A_TIME)

        async def one(work: Callable[[], Awaitable[Run]]) -> Run:
            async with limit:
                return await work()

        return await asyncio.gather(*map(one, works))

    works: list[Callable[[], Awaitable[Run]]] = [lambda: whole(dangerous=True)]
    works += [lambda ids=ids: whole(ids) for ids in groups()]
    works += [lambda server=server: like(server) for server in SERVERS]
    works += [lambda id=id: crooked([id], [id], dangerous=True) for id in CROOKS]
    done = iter(asyncio.run(all_of(works)))
    plain = next(done)
    grouped = [(ids, next(done)) for ids in groups()]
    known = {server: next(done) for server in SERVERS}
    return Runs(plain, dict(zip(CROOKS, done, strict=True)), grouped, known)


def failed(run: Run) -> dict[str, str]:
    bad = (Verdict.FAIL, Verdict.KNOWN)
    return {one.id: f"{one.expected} / {one.got}" for one in run.results if one.verdict in bad}


def skipped(run: Run) -> set[str]:
    return {one.id for one in run.results if one.verdict is Verdict.SKIPPED}


def test_every_check_has_a_crook():
    assert set(CROOKS) == {check.id for check in SUITE} - NOT_HERE


def test_all_pass_against_the_gateway(runs):
    assert failed(runs.plain) == {}
    assert skipped(runs.plain) == NOT_HERE


@pytest.mark.parametrize("id", CROOKS)
def test_a_check_fails_by_its_crook(runs, id):
    run = runs.single[id]
    assert set(failed(run)) == {id}
    result = run.results[0]
    if SUITE[id].fault and CROOKS[id].quirks:
        assert result.fault == SUITE[id].fault
    assert result.pcapng
    assert result.expected
    assert result.got


@pytest.mark.parametrize("number", range(GROUPS))
def test_only_those_fail_whose_crook_is_there(runs, number):
    ids, run = runs.grouped[number]
    allowed = set(ids).union(*(CROOKS[id].also for id in ids))
    assert {id: told for id, told in failed(run).items() if id not in allowed} == {}
    # What cannot be looked at for the fault of another one in the group is skipped.
    assert set(ids) - set(failed(run)) - skipped(run) == set()


@pytest.mark.parametrize("server", SERVERS)
def test_what_a_server_is_known_for_is_no_failure(runs, server):
    run = runs.like[server]
    assert run.server == server
    verdicts = {one.id: (one.verdict, one.fault) for one in run.results}
    assert verdicts["stateless.response"] == (Verdict.KNOWN, "stateless-response-lost")
    assert verdicts["action.too-long"] == (Verdict.KNOWN, "long-action-closes")
    assert (verdicts["uac.final"][0] is Verdict.KNOWN) is server.startswith("kamailio")
    assert Verdict.FAIL not in {verdict for verdict, _ in verdicts.values()}
