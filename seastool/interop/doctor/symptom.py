"""What was found: a cause, and each place that shows it."""

from __future__ import annotations

from dataclasses import dataclass, field

from seastool.interop.doctor.cause import Cause

MAX_SYMPTOMS = 1000


@dataclass(slots=True)
class Symptom:
    """One place that shows a cause.

    message: what is to be seen there. packet, time_ns: 0 where there is none. unit: what the
    packet carries, such as ``T_REQ_IN``, ``SIP`` or ``TCP``. start: the first byte meant, counted
    from the unit's own start; data: those bytes. call_id: of the call that failed by it, if any.
    due_ns: when it came true, if that is later than what shows it, such as the end of a wait.
    cure: more exact than the cause's own, if there is one.
    """

    cause: str
    message: str
    packet: int = 0
    time_ns: int = 0
    unit: str = ""
    start: int = 0
    data: bytes = b""
    call_id: bytes = b""
    due_ns: int = 0
    cure: str = ""


@dataclass(slots=True)
class Diagnosis:
    """A cause with its symptoms, in the order of the packets; `count` of them were found, of
    which the first are kept. follows: the ids of the causes found from which it may follow."""

    cause: Cause
    symptoms: list[Symptom] = field(default_factory=list)
    count: int = 0
    follows: list[str] = field(default_factory=list)

    @property
    def cure(self) -> str:
        """What to do: the exact cure if all symptoms have the same, else the cause's."""
        cures = {symptom.cure for symptom in self.symptoms}
        only = cures.pop() if len(cures) == 1 else ""
        return only or self.cause.cure

    def add(self, symptom: Symptom) -> None:
        """Take one more."""
        self.count += 1
        if len(self.symptoms) < MAX_SYMPTOMS:
            self.symptoms.append(symptom)
