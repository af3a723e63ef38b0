"""Dialogs that go through a proxy: what comes in them later goes the same way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from seastool.app.application import Handled
from seastool.app.session import Session, SessionState
from seastool.app.sessions import DIALOG_METHODS

if TYPE_CHECKING:
    from seastool.app.request import Request
    from seastool.app.response import Response

Forward = Callable[["Request", "ProxiedDialog"], None]


def tag_of_callee(response: Response) -> str:
    """The To tag of a response that came in; empty without one."""
    return (response.message.to_tag if response.message is not None else None) or ""


class ProxiedDialog:
    """A dialog between two others. Each has a session here, since each counts its own CSeq.

    near: gets the caller's requests. far: gets the callee's.
    """

    __slots__ = ("_forward", "_shifts", "far", "near")

    def __init__(self, request: Request, response: Response, shift: int, forward: Forward) -> None:
        """request: that made it. response: of the callee. shift: of the caller's CSeq.
        forward: sends a request of the dialog on."""
        self._forward = forward
        tag = tag_of_callee(response)
        self.near = _near_session(request, tag)
        self.far = callee_session(request, response)
        for session in (self.near, self.far):
            session.on_request = self.take
            session.state = SessionState.EARLY
            request.container.sessions.add(session)
        self._shifts = {id(self.near): shift}

    def take(self, request: Request) -> Handled:
        """A request of either side."""
        self._forward(request, self)
        return None

    def shift_of(self, request: Request) -> int:
        """What the CSeq of a request is raised by: a side that began with 1 is one ahead, and
        stays so."""
        side = id(request.known_session)
        if side not in self._shifts:
            self._shifts[side] = max(0, 2 - request.cseq)
        return self._shifts[side]

    def set_state(self, state: SessionState) -> None:
        """How far it is, on both sides."""
        for session in (self.near, self.far):
            if session.state is not SessionState.TERMINATED:
                session.state = state
                session.touch()

    def end(self) -> None:
        """It is over."""
        self.near.invalidate()
        self.far.invalidate()


class ProxiedDialogs:
    """The dialogs that come of one request, by the callee's tag; forks have one each."""

    __slots__ = ("_by_tag", "_forward", "_request")

    def __init__(self, request: Request, forward: Forward) -> None:
        self._request = request
        self._forward = forward
        self._by_tag: dict[str, ProxiedDialog] = {}

    def get(self, response: Response) -> ProxiedDialog | None:
        """The dialog that a response belongs to."""
        return self._by_tag.get(tag_of_callee(response))

    def note(self, response: Response, shift: int) -> None:
        """A 1xx or 2xx: what follows in its dialog comes to us too."""
        request, tag = self._request, tag_of_callee(response)
        if not request.is_initial or request.method not in DIALOG_METHODS or not tag:
            return
        if tag not in self._by_tag and not request.container.sessions.is_full:
            self._by_tag[tag] = ProxiedDialog(request, response, shift, self._forward)

    def decide(self, final: Response) -> None:
        """A 2xx confirms its dialog and leaves the others as they are; a failure ends all."""
        if not final.is_success:
            self.end()
            return
        confirmed = self.get(final)
        for dialog in self._by_tag.values():
            is_confirmed = dialog is confirmed
            dialog.set_state(SessionState.CONFIRMED if is_confirmed else SessionState.EARLY)

    def end(self) -> None:
        """All are over."""
        for dialog in self._by_tag.values():
            dialog.end()
        self._by_tag.clear()


def _near_session(request: Request, tag: str) -> Session:
    """The session of the request for the first callee; for each further one another."""
    session = request.session
    if session.keys and session.local_tag != tag:
        session = Session(
            request.container,
            request.call_id,
            tag,
            session.remote_tag,
            made_by=request.method,
            is_uac=False,
            origin=request.headers,
            received=request.frame,
        )
        session.remote_cseq = request.cseq
    session.local_tag = tag
    return session


def callee_session(request: Request, response: Response) -> Session:
    """The dialog with a callee as its caller has it, in no table."""
    tag = tag_of_callee(response)
    caller = request.message.from_tag if request.message is not None else None
    session = Session(
        request.container,
        request.call_id,
        caller or "",
        tag,
        made_by=request.method,
        is_uac=True,
        local=request.from_,
        remote=request.to,
        target=response.request.uri,
    )
    session.establish(response.headers, tag)
    return session
