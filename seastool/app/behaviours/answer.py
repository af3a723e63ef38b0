"""`answer`: takes every call and every request."""

from __future__ import annotations

from typing import Final

from seastool.app.application import Application, Handled
from seastool.app.behaviours.contacts import STAR, contacts_of, seconds_of
from seastool.app.behaviours.session_description import (
    SDP,
    Description,
    Media,
    answer_to,
    own_offer,
)
from seastool.app.extensions import refuse_extensions
from seastool.app.request import Request

METHODS: Final = (
    "INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, MESSAGE, INFO, SUBSCRIBE, NOTIFY, PRACK, "
    "UPDATE, REFER, PUBLISH"
)
"""What goes into Allow."""
_ALLOW: Final = (("Allow", METHODS),)
_ACCEPT: Final = (("Accept", SDP),)
_DESCRIBED: Final = (*_ALLOW, ("Content-Type", SDP))
_MOST_ANSWERS: Final = 512
_USUAL_EXPIRES: Final = 3600
_LONGEST_CONTACTS: Final = 800  # a reply takes only so many bytes of headers


class Answer(Application):
    """Answers calls with 180, then 200 with an SDP answer; any other request with 200 or 202.

    delay: seconds between the 180 and the 200. media: where to take media; without it every
    stream is inactive.
    """

    def __init__(self, *, delay: float = 0.0, media: Media | None = None) -> None:
        self.delay = delay
        self.media = media
        self._own = own_offer(media)
        self._answers: dict[bytes, Description] = {}
        self._published = 0

    def do_request(self, request: Request) -> Handled:
        """Refuses extensions that a request requires; there are none here."""
        if request.method not in ("ACK", "CANCEL") and refuse_extensions(request, "Require"):
            return None
        return super().do_request(request)

    def do_invite(self, request: Request) -> Handled:
        """180 and, after the delay, 200; inside a dialog 200 at once."""
        found = self._described(request)
        if found is None:
            self._refuse(request)
        elif not request.is_initial:
            self._accept(request, found.later(request.cseq))
        else:
            request.create_response(180).send()
            if self.delay > 0:
                container = request.container
                container.set_timer(container.now + self.delay, _wake, (self, request))
            else:
                self._accept(request, found.first)
        return None

    def _described(self, request: Request) -> Description | None:
        """The answer to the offer of a request, or our own offer if there is none."""
        offer = request.body
        if not offer:
            return self._own
        found = self._answers.get(offer)
        if found is None:
            found = answer_to(offer, self.media)
            if found is not None:
                if len(self._answers) >= _MOST_ANSWERS:
                    self._answers.clear()
                self._answers[offer] = found
        return found

    def accept_late(self, request: Request) -> Handled:
        """200 behind the delay, unless a CANCEL came first."""
        found = self._described(request)
        if found is not None and request.server is not None and not request.server.is_final:
            self._accept(request, found.first)
        return None

    def _accept(self, request: Request, body: bytes) -> None:
        request.create_response(200, body=body, headers=_DESCRIBED).send()

    def _refuse(self, request: Request) -> None:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        if kind == SDP:
            request.create_response(488).send()
        else:
            request.create_response(415, headers=_ACCEPT).send()

    def do_options(self, request: Request) -> Handled:
        """200 with Allow and Accept."""
        request.create_response(200, headers=_ALLOW + _ACCEPT).send()
        return None

    def do_message(self, request: Request) -> Handled:
        """200."""
        request.create_response(200).send()
        return None

    do_info = do_notify = do_message

    def do_update(self, request: Request) -> Handled:
        """200, with an answer if it brings an offer."""
        if not request.body:
            request.create_response(200, headers=_ALLOW).send()
            return None
        found = self._described(request)
        if found is None:
            self._refuse(request)
        else:
            self._accept(request, found.later(request.cseq))
        return None

    do_prack = do_update

    def do_refer(self, request: Request) -> Handled:
        """202; nothing is done about it, and no NOTIFY follows."""
        request.create_response(202).send()
        return None

    def do_subscribe(self, request: Request) -> Handled:
        """200 with the Expires that was asked for; no NOTIFY follows."""
        request.create_response(200, headers=[_expires(request)]).send()
        return None

    def do_publish(self, request: Request) -> Handled:
        """200 with the Expires that was asked for and an entity tag."""
        self._published += 1
        tag = ("SIP-ETag", f"{self._published:08x}")
        request.create_response(200, headers=[_expires(request), tag]).send()
        return None

    def do_register(self, request: Request) -> Handled:
        """200 with the contacts as they came; nothing is kept."""
        name, usual = _expires(request)
        contacts = [c for c in contacts_of(request.headers.get_all("Contact")) if c.uri != STAR]
        kept = [c for c in contacts if c.seconds() != 0 and usual != "0"]
        headers = [("Contact", c.written(expires=str(c.seconds() or usual))) for c in kept]
        while sum(len(value) for _, value in headers) > _LONGEST_CONTACTS:
            headers.pop()
        request.create_response(200, headers=[*headers, (name, usual)]).send()
        return None


def _wake(waiting: tuple[Answer, Request]) -> None:
    behaviour, request = waiting
    request.container.call(behaviour.accept_late, request)


def _expires(request: Request) -> tuple[str, str]:
    asked = seconds_of(request.header("Expires"))
    return "Expires", str(_USUAL_EXPIRES if asked is None else asked)
