"""The checks of an application server: all pass against our own, and each has a fault of that which
makes it fail, and it alone. Time passes only while nobody has anything to do: see `hurried_loop`.
"""

from __future__ import annotations

import pytest
from app_server_crooks import CROOKS, crooks
from crooked_app_server import Crook, CrookedAppServer
from hurried_loop import run as hurried
from verdicts import failed, skipped, without_ground

from seastool.interop.checks.app_server import SUITE
from seastool.interop.checks.result import Run
from seastool.net.checks.app_server_run import check_app_server
from seastool.net.checks.app_server_stage import Listening

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


async def crooked(crook: Crook) -> Run:
    """All checks of an application server with that fault."""
    servers: list[CrookedAppServer] = []

    def come(where: str) -> None:
        servers.append(CrookedAppServer(int(where.rpartition(":")[2]), [crook]))
        servers[0].start()

    listening = Listening(port=0, like=crook.like, timeout=3.0, quiet=0.25, patience=5.0, seed=1)
    try:
        return await check_app_server(listening, SUITE.select(), on_listening=come)
    finally:
        for server in servers:
            await server.close()


def test_every_check_has_a_crook():
    assert set(CROOKS) == {check.id for check in SUITE}


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_all_pass_against_our_own(way):
    behave, like = way
    run = hurried(crooked(Crook(behave=behave, like=like)))
    assert failed(run) == {}
    assert skipped(run).keys() == WAYS[way]


@pytest.mark.parametrize("id", CROOKS)
def test_a_check_fails_by_its_crook_and_no_other_does(id):
    crook = crooks()[id]
    run = hurried(crooked(crook))
    told, lost = failed(run), {id, *crook.also}
    assert told.keys() == lost, told
    left = WAYS[crook.behave, crook.like].union(crook.skips, without_ground(SUITE, lost))
    assert skipped(run).keys() == left
    assert next(one for one in run.results if one.id == id).pcapng
