"""Other proxies: their numbers, and the layout in which they read actions."""

from __future__ import annotations

from seastool.interop.checks.app_server.requests import SDP
from seastool.interop.checks.app_server.stage import AppServerStage
from seastool.interop.checks.app_server.suite import check


async def _understood(stage: AppServerStage) -> None:
    """A request with headers that have other numbers there, then a second."""
    headers = ["User-Agent: check", "Supported: timer", "Expires: 60", "Allow: INVITE, BYE"]
    for method in ("MESSAGE", "OPTIONS", "SUBSCRIBE"):
        await stage.replied(stage.call(method, headers=headers, content=b"hello"))
    await stage.replied(stage.call("INVITE", content=SDP, kind="application/sdp"), final=False)


@check("dialect.openser-1.2", "OpenSER 1.2 is understood", "DIALECTS.md 1", profile="openser-1.2.0")
async def openser_1_2(stage: AppServerStage) -> None:
    """The first one, and WeSIP's: layout A, its own header and method numbers."""
    await _understood(stage)


@check(
    "dialect.opensips-1.6", "OpenSIPS 1.6 is understood", "DIALECTS.md 1", profile="opensips-1.6.4"
)
async def opensips_1_6(stage: AppServerStage) -> None:
    """Layout A; contacts and parameters in another order."""
    await _understood(stage)


@check(
    "dialect.opensips-2.4", "OpenSIPS 2.4 is understood", "DIALECTS.md 1", profile="opensips-2.4.11"
)
async def opensips_2_4(stage: AppServerStage) -> None:
    """Layout A; the code of INVITE is 0, and that is no response."""
    await _understood(stage)


@check(
    "dialect.kamailio-3.1", "Kamailio 3.1 is understood", "DIALECTS.md 1", profile="kamailio-3.1.6"
)
async def kamailio_3_1(stage: AppServerStage) -> None:
    """Layout B with older numbers."""
    await _understood(stage)


@check(
    "dialect.kamailio-5.6", "Kamailio 5.6 is understood", "DIALECTS.md 1", profile="kamailio-5.6.3"
)
async def kamailio_5_6(stage: AppServerStage) -> None:
    """Layout B with current numbers."""
    await _understood(stage)
