"""The checks of an application server: all pass against our own, and each has something that makes
it fail. All runs go on at the same time, as each is mostly waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import pytest
from app_server_crooks import CROOKS, crooks
from crooked_app_server import Crook, CrookedAppServer

from seastool.interop.checks.app_server import SUITE
from seastool.interop.checks.result import Run
from seastool.interop.checks.verdict import Verdict
from seastool.net.checks.app_server_run import check_app_server
from seastool.net.checks.app_server_stage import Listening

GROUPS = 6
PARTS = 3
AT_A_TIME = 20
# By what the application server does, and the proxy that it is for: what cannot be looked at.
OTHERS = {"dialect.openser-1.2", "dialect.opensips-1.6", "dialect.opensips-2.4"}
DIALOGS = {"ack.of-2xx", "call.bye"}
WAYS = {
    ("answer", "kamailio"): {"ack.of-failure", *OTHERS},
    ("reject 486", "kamailio"): {*DIALOGS, *OTHERS},
    ("answer", "openser-1.2.0"): {
        *("ack.of-failure", "reply.processor", "request.long-from"),
        *("dialect.kamailio-3.1", "dialect.kamailio-5.6"),
    },
}


async def crooked(made: list[Crook], select: Iterable[str] = ()) -> Run:
    first = made[0] if made else Crook()
    servers: list[CrookedAppServer] = []

    def come(where: str) -> None:
        servers.append(CrookedAppServer(int(where.rpartition(":")[2]), made))
        servers[0].start()

    listening = Listening(port=0, like=first.like, timeout=2.0, quiet=0.25, patience=2.0, seed=1)
    try:
        checks = SUITE.select(list(select))
        return await check_app_server(listening, checks, on_listening=come)
    finally:
        for server in servers:
            await server.close()


async def whole(make: Callable[[], list[Crook]]) -> Run:
    """All checks, shared out among some application servers that are alike."""
    every = [check.id for check in SUITE]
    parts = (every[first::PARTS] for first in range(PARTS))
    runs = await asyncio.gather(*(crooked(make(), part) for part in parts))
    return replace(runs[0], results=[result for run in runs for result in run.results])


def groups() -> list[list[str]]:
    """Crooks that do not stand in each other's way, as many as can be in one run."""
    ids = [id for id, crook in CROOKS.items() if not crook.lone]
    return [ids[first::GROUPS] for first in range(GROUPS)]


class Runs(NamedTuple):
    """What came of all runs."""

    plain: Mapping[tuple[str, str], Run]
    single: Mapping[str, Run]
    grouped: list[tuple[list[str], Run]]


@pytest.fixture(scope="module")
def runs() -> Runs:
    async def all_of(works: list[Callable[[], Awaitable[Run]]]) -> list[Run]:
        limit = asyncio.Semaphore(AT_A_TIME)

        async def one(work: Callable[[], Awaitable[Run]]) -> Run:
            async with limit:
                return await work()

        return await asyncio.gather(*map(one, works))

    def some(ids: Iterable[str]) -> list[Crook]:
        made = crooks()
        return [made[id] for id in ids]

    works: list[Callable[[], Awaitable[Run]]] = [
        lambda behave=behave, like=like: whole(lambda: [Crook(behave=behave, like=like)])
        for behave, like in WAYS
    ]
    works += [lambda ids=ids: whole(lambda: some(ids)) for ids in groups()]
    works += [lambda id=id: crooked(some([id]), [id]) for id in CROOKS]
    done = iter(asyncio.run(all_of(works)))
    plain = {way: next(done) for way in WAYS}
    grouped = [(ids, next(done)) for ids in groups()]
    return Runs(plain, dict(zip(CROOKS, done, strict=True)), grouped)


def failed(run: Run) -> dict[str, str]:
    return {
        one.id: f"{one.expected} / {one.got}" for one in run.results if one.verdict is Verdict.FAIL
    }


def skipped(run: Run) -> set[str]:
    return {one.id for one in run.results if one.verdict is Verdict.SKIPPED}


def test_every_check_has_a_crook():
    assert set(CROOKS) == {check.id for check in SUITE}


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_all_pass_against_our_own(runs, way):
    run = runs.plain[way]
    assert failed(run) == {}
    assert skipped(run) == WAYS[way]


@pytest.mark.parametrize("id", CROOKS)
def test_a_check_fails_by_its_crook(runs, id):
    run = runs.single[id]
    assert set(failed(run)) == {id}, run.results
    assert run.results[0].pcapng


@pytest.mark.parametrize("number", range(GROUPS))
def test_only_those_fail_whose_crook_is_there(runs, number):
    ids, run = runs.grouped[number]
    allowed = set(ids).union(*(CROOKS[id].also for id in ids))
    assert {id: told for id, told in failed(run).items() if id not in allowed} == {}
    assert set(ids) - set(failed(run)) - skipped(run) == set()
