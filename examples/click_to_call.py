"""Click to call: a function that calls two people and connects them.

    python examples/click_to_call.py sip:alice@192.0.2.1 sip:bob@192.0.2.2 127.0.0.1:5080

The first is called without an offer and put on hold; when the second answers, the first gets
the offer of the second, and the second the answer of the first (RFC 3725, flow III).

It needs a proxy that reports final responses to an application server: OpenSER, or OpenSIPS up
to 2.1. Kamailio does not, so there the first call ends with 408.
"""

import asyncio
import sys

from seastool.app import Application, Request, Session, SessionState
from seastool.app.b2bua import Bridge
from seastool.app.behaviours import answer_to
from seastool.app.response import Response
from seastool.net.app_server import AppServer

CALLER = "sip:click@seastool.invalid"


class CallFailed(Exception):
    """Who did not take the call, and why."""


class ClickToCall(Application):
    """Calls two people and connects them."""

    async def call(self, one: str, other: str) -> Bridge:
        """Connect two people; returns when they talk. Raises: CallFailed."""
        first = await self.answered(self.context.create_request("INVITE", one, CALLER))
        on_hold = answer_to(first.body)
        first.create_ack(body=on_hold.first if on_hold else None).send()
        invite = self.context.create_request("INVITE", other, one)
        first.session.attributes["ringing"] = invite
        try:
            second = await self.answered(invite)
        except CallFailed:
            hang_up(first.session)
            raise
        first.session.attributes.pop("ringing", None)
        return await self.connected(first.session, second)

    async def answered(self, invite: Request) -> Response:
        """The 2xx to an INVITE. Raises: CallFailed."""
        response = await invite.send_and_wait()
        if not response.is_success:
            raise CallFailed(f"{invite.uri}: {response.status} {response.reason}")
        return response

    async def connected(self, first: Session, second: Response) -> Bridge:
        """Give the first the offer of the second, and the second the answer to it."""
        try:
            if first.state is SessionState.TERMINATED:
                raise CallFailed("the first hung up")
            again = first.create_request("INVITE", body=second.body)
            answer = await self.answered(again)
        except CallFailed:
            second.create_ack().send()
            hang_up(first)
            hang_up(second.session)
            raise
        answer.create_ack().send()
        second.create_ack(body=answer.body).send()
        return Bridge(first, second.session)

    def do_bye(self, request: Request) -> None:
        """Before they are connected: the first has hung up, so the second rings no more."""
        super().do_bye(request)
        ringing = request.session.attributes.pop("ringing", None)
        if ringing is not None:
            ringing.create_cancel().send()


def hang_up(session: Session) -> None:
    """BYE, unless the other side was first."""
    if session.state is SessionState.CONFIRMED:
        session.create_request("BYE").send(lambda response: None)


async def main(one: str, other: str, proxy: str) -> None:
    """Connect two people and stay until Ctrl-C."""
    host, _, port = proxy.rpartition(":")
    application = ClickToCall()
    async with AppServer(application, host=host, port=int(port)) as server:
        await server.ready()
        try:
            await application.call(one, other)
        except CallFailed as failure:
            sys.exit(str(failure))
        print("connected")
        await server.stopped()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    asyncio.run(main(*sys.argv[1:4]))
