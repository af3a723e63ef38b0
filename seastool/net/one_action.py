"""One action as it is, and what comes back in a while."""

from __future__ import annotations

from seastool.net.one_shot import (
    FIRST_FAILURE,
    FIRST_FINAL,
    Endpoint,
    OneShot,
    Verdict,
    failure_text,
)
from seastool.seas.frames import FAKED_REPLY, AcResFail, Action, ResIn


class OneAction(OneShot):
    """Sends an action as it is, and waits so many seconds for what may come.

    text: what is said of it where nothing came that says more.
    """

    def __init__(self, endpoint: Endpoint, action: Action, *, wait: float, text: str) -> None:
        super().__init__(endpoint)
        self._action = action
        self._uac_id = getattr(action, "uac_id", None)
        self._wait = wait
        self._text = text

    def _send(self, now: float) -> None:
        self._announce(self._action)
        self._out(self._action)
        self._later(now + self._wait, self._waited)

    def _waited(self, now: float) -> None:
        self._end(Verdict.SENT, self._text)
        self._leave(now)

    def _failed(self, frame: AcResFail, now: float) -> None:
        if self._uac_id in (None, frame.uac_id):
            self._end(Verdict.FAILED, failure_text(frame))
            self._leave(now)

    def _responded(self, frame: ResIn, now: float) -> None:
        """Of all actions sent so, only a CANCEL gets one."""
        if frame.uac_id != self._uac_id or frame.status < FIRST_FINAL:
            return
        if frame.flags & FAKED_REPLY:
            told = f"the {frame.status} is the proxy's own: Kamailio says so of every CANCEL"
            self._text = f"{self._text}; {told}"
        elif frame.status < FIRST_FAILURE:
            self._end(Verdict.DONE, f"{self._told(frame)} to the CANCEL")
        else:
            self._end(Verdict.FAILED, f"{self._told(frame)} to the CANCEL")
