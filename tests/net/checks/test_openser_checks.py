"""The checks of a proxy: all pass against our own gateway, and each has a fault of that which makes
it fail, and it alone. Time passes only while nobody has anything to do: see `hurried_loop`.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from crooked_gateway import BOTH, CrookedGateway
from hurried_loop import run as hurried
from openser_crooks import CROOKS, crooks
from verdicts import failed, skipped, without_ground

from seastool.interop.checks.openser import SUITE, dangerous
from seastool.interop.checks.result import Run
from seastool.interop.checks.verdict import Verdict
from seastool.net.checks.openser_run import check_openser
from seastool.net.checks.openser_stage import Target
from seastool.net.gateway import Gateway, GatewayOptions
from seastool.seas.openser.behaviours import behave_like

SERVERS = ("kamailio-5.6.3", "openser-1.2.0")
WANTED = "uac.*,stateless.*,request.content-length-zero,bind.lone-unbind,action.too-long"
FEWER_REPLIES = 100  # of `kill.many-replies`: its crook gives up before


@pytest.fixture(autouse=True)
def fewer_replies(monkeypatch):
    monkeypatch.setattr(dangerous, "MANY", FEWER_REPLIES)


def target(port: int) -> Target:
    return Target("127.0.0.1", port, timeout=3.0, quiet=0.25, pause=0.02, seed=1)


async def crooked(ids: Iterable[str]) -> Run:
    """All checks against a gateway with these faults."""
    made = crooks()
    async with CrookedGateway([made[id] for id in ids]) as gateway:
        return await check_openser(target(gateway.seas_port), SUITE.select(dangerous=True))


async def like(server: str) -> Run:
    options = GatewayOptions(behaviour=behave_like(server))
    async with Gateway(sip=BOTH, seas_port=0, options=options) as gateway:
        return await check_openser(target(gateway.seas_port), SUITE.select([WANTED]))


def test_every_check_has_a_crook():
    assert set(CROOKS) == {check.id for check in SUITE}


def test_all_pass_against_the_gateway():
    run = hurried(crooked([]))
    assert failed(run) == {}
    assert skipped(run) == {}


@pytest.mark.parametrize("id", CROOKS)
def test_a_check_fails_by_its_crook_and_no_other_does(id):
    run, crook = hurried(crooked([id])), CROOKS[id]
    told, lost = failed(run), {id, *crook.also}
    assert told.keys() == lost, told
    assert skipped(run).keys() == without_ground(SUITE, lost).union(crook.skips)
    result = next(one for one in run.results if one.id == id)
    assert result.fault == SUITE[id].fault
    assert result.pcapng
    assert result.expected
    assert result.got


@pytest.mark.parametrize("server", SERVERS)
def test_what_a_server_is_known_for_is_no_failure(server):
    run = hurried(like(server))
    assert run.server == server
    verdicts = {one.id: (one.verdict, one.fault) for one in run.results}
    assert verdicts["stateless.response"] == (Verdict.KNOWN, "stateless-response-lost")
    assert verdicts["action.too-long"] == (Verdict.KNOWN, "long-action-closes")
    assert (verdicts["uac.final"][0] is Verdict.KNOWN) is server.startswith("kamailio")
    assert Verdict.FAIL not in {verdict for verdict, _ in verdicts.values()}
