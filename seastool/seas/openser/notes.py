"""What one action leads to, while the proxy is at it."""

from __future__ import annotations

from seastool.seas.dialect import Quirk
from seastool.seas.frames import AcCancel, AcResFail, Reply, SlMsg, UacReq
from seastool.seas.openser.faults import Fault
from seastool.seas.openser.outcomes import Failed, Outcome
from seastool.seas.openser.proxy import Proxy
from seastool.seas.openser.rules import mistake


class Notes:
    """The outcomes of one action."""

    __slots__ = ("_frame", "outcomes", "proxy")

    def __init__(self, proxy: Proxy, frame: Reply | UacReq | AcCancel | SlMsg) -> None:
        self.proxy = proxy
        self.outcomes: list[Outcome] = []
        self._frame = frame

    @property
    def what(self) -> str:
        """The action, as its mistakes name it."""
        frame = self._frame
        if isinstance(frame, Reply):
            return f"reply to {frame.hash_index}:{frame.label}"
        if isinstance(frame, UacReq):
            return f"UAC_REQ {frame.uac_id}"
        if isinstance(frame, AcCancel):
            return f"AC_CANCEL {frame.uac_id} for {frame.hash_index}:{frame.label}"
        return "SL_MSG"

    def note(self, rule: str, told: str) -> None:
        """Note a mistake."""
        frame = self._frame
        self.outcomes.append(
            mistake(
                rule,
                f"{self.what}: {told}",
                hash_index=frame.hash_index if isinstance(frame, Reply | AcCancel) else None,
                label=frame.label if isinstance(frame, Reply | AcCancel) else None,
                uac_id=frame.uac_id if isinstance(frame, UacReq | AcCancel) else None,
            )
        )

    def note_deadly(self, fault: Fault, rule: str, told: str) -> None:
        """Note a mistake that real servers die of, and let this one die if it is to; else it
        ignores the action."""
        behaviour = self.proxy.behaviour
        if fault in behaviour.known or behaviour.has(fault):
            self.note(rule, f"{told}: {behaviour.server} would crash here")
        else:
            self.note(rule, f"{told}: the proxy ignores it")
        self.proxy.lives(fault, self.outcomes)

    def fail(self, error: int, reason: bytes) -> None:
        """Answer with AC_RES_FAIL, as far as this server gets it across."""
        lost = self.proxy.behaviour.dialect.has(Quirk.FAILURE_LENGTH_SWAPPED)
        uac_id = self._frame.uac_id if isinstance(self._frame, UacReq | AcCancel) else 0
        frame = AcResFail(uac_id=uac_id, error=error, reason=reason)
        self.outcomes.append(Failed(frame, lost))
