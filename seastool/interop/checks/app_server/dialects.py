"""Other proxies: their numbers, and the layout in which they read actions."""

from __future__ import annotations

from seastool.interop.checks.app_server.requests import SDP
from seastool.interop.checks.app_server.stage import AppServerStage
from seastool.interop.checks.app_server.suite import ANSWER, CALL, check

CONTACT = b":5060>;q=0.5;expires=60;x=y"


async def _understood(stage: AppServerStage) -> None:
    """Requests with headers that have other numbers there, one with a contact whose parameters
    stand in another order, and a call."""
    headers = ["User-Agent: check", "Supported: timer", "Expires: 60", "Allow: INVITE, BYE"]
    for method in ("MESSAGE", "OPTIONS", "SUBSCRIBE"):
        await stage.replied(stage.call(method, headers=headers, content=b"hello"))
    text = stage.make("REGISTER", headers=headers).replace(b":5060>\r\n", CONTACT + b"\r\n", 1)
    await stage.replied(stage.hand_over(text, "REGISTER"))
    await stage.replied(stage.call("INVITE", content=SDP, kind="application/sdp"), final=False)


@check(
    "dialect.openser-1.2",
    "OpenSER 1.2 is understood",
    "protocol: Dialects",
    profile="openser-1.2.0",
    needs=ANSWER + CALL,
)
async def openser_1_2(stage: AppServerStage) -> None:
    """The first one, and WeSIP's: layout A, its own header and method numbers."""
    await _understood(stage)


@check(
    "dialect.opensips-1.6",
    "OpenSIPS 1.6 is understood",
    "protocol: Dialects",
    profile="opensips-1.6.4",
    needs=ANSWER + CALL,
)
async def opensips_1_6(stage: AppServerStage) -> None:
    """Layout A; contacts and parameters in another order."""
    await _understood(stage)


@check(
    "dialect.opensips-2.4",
    "OpenSIPS 2.4 is understood",
    "protocol: Dialects",
    profile="opensips-2.4.11",
    needs=ANSWER + CALL,
)
async def opensips_2_4(stage: AppServerStage) -> None:
    """Layout A; the code of INVITE is 0, and that is no response."""
    await _understood(stage)


@check(
    "dialect.kamailio-3.1",
    "Kamailio 3.1 is understood",
    "protocol: Dialects",
    profile="kamailio-3.1.6",
    needs=ANSWER + CALL,
)
async def kamailio_3_1(stage: AppServerStage) -> None:
    """Layout B with older numbers."""
    await _understood(stage)


@check(
    "dialect.kamailio-5.6",
    "Kamailio 5.6 is understood",
    "protocol: Dialects",
    profile="kamailio-5.6.3",
    needs=ANSWER + CALL,
)
async def kamailio_5_6(stage: AppServerStage) -> None:
    """Layout B with current numbers."""
    await _understood(stage)
