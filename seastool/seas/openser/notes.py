"""What one action leads to, while the proxy is at it."""

from __future__ import annotations

from seastool.seas.dialect import Quirk
from seastool.seas.frames import AcCancel, AcResFail, Reply, SlMsg, UacReq
from seastool.seas.openser.faults import Fault
from seastool.seas.openser.outcomes import Failed, Outcome
from seastool.seas.openser.proxy import Proxy
from seastool.seas.openser.rules import mistake


class Notes:
    """The outcomes of one action. what: the action, as its mistakes name it."""

    __slots__ = ("_hash_index", "_label", "_uac_id", "outcomes", "proxy", "what")

    def __init__(self, proxy: Proxy, frame: Reply | UacReq | AcCancel | SlMsg) -> None:
        self.proxy = proxy
        self.outcomes: list[Outcome] = []
        self._hash_index: int | None = None
        self._label: int | None = None
        self._uac_id: int | None = None
        if isinstance(frame, Reply | AcCancel):
            self._hash_index, self._label = frame.hash_index, frame.label
        if isinstance(frame, UacReq | AcCancel):
            self._uac_id = frame.uac_id
        if isinstance(frame, Reply):
            self.what = f"reply to {frame.hash_index}:{frame.label}"
        elif isinstance(frame, UacReq):
            self.what = f"UAC_REQ {frame.uac_id}"
        elif isinstance(frame, AcCancel):
            self.what = f"AC_CANCEL {frame.uac_id} for {frame.hash_index}:{frame.label}"
        else:
            self.what = "SL_MSG"

    def note(self, rule: str, told: str) -> None:
        """Note a mistake."""
        self.outcomes.append(
            mistake(
                rule,
                f"{self.what}: {told}",
                hash_index=self._hash_index,
                label=self._label,
                uac_id=self._uac_id,
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
        frame = AcResFail(uac_id=self._uac_id or 0, error=error, reason=reason)
        self.outcomes.append(Failed(frame, lost))
