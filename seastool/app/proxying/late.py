"""Answers to an INVITE that come when its caller has one already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seastool.app.proxying.dialog import callee_session
from seastool.app.request import Request
from seastool.app.transaction import ServerTransaction

if TYPE_CHECKING:
    from seastool.app.application import Handled
    from seastool.app.proxying.copies import Fields
    from seastool.app.response import Response
    from seastool.app.session import Session


def release(request: Request, response: Response) -> None:
    """Take a call that its caller has given up, and end it: ACK and BYE, as he would send them.
    A re-INVITE gets its ACK only."""
    session = callee_session(request, response)
    session.local_cseq = response.request.cseq - 1
    maker = session.container.maker
    maker.request_in(session, "ACK", body=None, content_type=None, headers=()).send()
    if request.is_initial:
        session.create_request("BYE").send(_ignore)


def send_stateless(request: Request, response: Response, fields: Fields, session: Session) -> None:
    """Pass a further 2xx on past the transaction, which takes one final response only."""
    server = request.server
    assert server is not None
    shadow = Request(
        request.container, request.method, message=request.message, frame=request.frame
    )
    shadow.server = ServerTransaction(
        0, 0, server.processor_id, request.container.now, is_stateless=True
    )
    shadow.known_session = session
    shadow.create_response(
        response.status,
        response.reason,
        body=response.body,
        content_type=response.content_type if response.body else None,
        headers=fields,
        to_tag=session.local_tag,
    ).send()


def _ignore(response: Response) -> Handled:
    """Nobody waits for it."""
    return None
