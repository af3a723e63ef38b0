"""`echo`: sends messages back to whoever sent them; answers all else."""

from __future__ import annotations

from seastool.app.application import Handled
from seastool.app.behaviours.answer import Answer
from seastool.app.request import Request
from seastool.app.response import Response
from seastool.errors import EncodeError
from seastool.sip.address_value import uri_of


class Echo(Answer):
    """Answers a MESSAGE with 200 and a MESSAGE with the same body; calls as `Answer` does.

    What comes back has an In-Reply-To header. A MESSAGE that has one is not sent back, so two
    of these do not talk to each other for ever.
    """

    def do_message(self, request: Request) -> Handled:
        """200, and the same body to the sender's Contact, or his From."""
        request.create_response(200).send()
        if request.header("In-Reply-To") is None:
            try:
                self._send_back(request)
            except EncodeError as error:
                told = f"a MESSAGE could not be sent back: {error}; told once"
                request.container.notes.once("no echo", told)
        return None

    def _send_back(self, request: Request) -> None:
        headers = [("In-Reply-To", request.call_id)]
        if request.is_initial:
            sender = uri_of(request.from_)
            echo = self.context.create_request(
                "MESSAGE",
                uri_of(request.contact) if request.contact else sender,
                from_=uri_of(request.to),
                to=sender,
                headers=headers,
                body=request.body,
                content_type=request.content_type,
            )
        else:
            echo = request.session.create_request(
                "MESSAGE", headers=headers, body=request.body, content_type=request.content_type
            )
        echo.send(_ignore)


def _ignore(response: Response) -> None:
    """Whether an echo arrived is its receiver's business."""
