"""Predictions for SIP messages: by one server, or by all known ones."""

from __future__ import annotations

from typing import IO, Any, Final

from seastool.capture.reader import read_capture
from seastool.capture.records import CapturedSip
from seastool.cli.doctoring.options import DoctorWishes
from seastool.cli.doctoring.showing import Showing, bytes_text, cause_json
from seastool.cli.exits import NotSeas
from seastool.cli.message_file import MAX_MESSAGE, name_of, read_message_file, with_line_ends
from seastool.cli.output import say
from seastool.interop.doctor.prediction import Prediction, Reason, predict
from seastool.interop.doctor.servers import Verdict, predict_all
from seastool.interop.finding import Severity
from seastool.render.printable import shown, text_of
from seastool.seas.dialect import Dialect

_COLUMN: Final = 9
_HEADS: Final = frozenset((b"via", b"v", b"call-id", b"i", b"cseq", b"max-forwards"))
_SURE: Final = 2


class MessageDoctor:
    """Looks at one message after the other."""

    def __init__(self, wishes: DoctorWishes, dialect: Dialect | None, showing: Showing) -> None:
        self._wishes = wishes
        self._dialect = dialect
        self._showing = showing
        self._taken = self._count = 0

    def look(self, name: str, data: bytes | None) -> None:
        """A file, or what standard input held. Raises: NotSeas."""
        data = read_message_file(name) if data is None else data
        if len(data) > MAX_MESSAGE:
            raise NotSeas(f"{name_of(name)}: over {MAX_MESSAGE:,} bytes, no SIP message")
        if not looks_like_sip(data):
            raise NotSeas(f"{name_of(name)}: neither a SIP message nor a capture")
        if not self._wishes.raw:
            data = with_line_ends(name, data, "--raw")
        self._predict(name_of(name), data)

    def look_at_capture(self, name: str, source: str | IO[bytes]) -> None:
        """Each SIP request of a capture, that of ACKs included."""
        found = 0
        for record in read_capture(source, ports=self._wishes.port or ()):
            if isinstance(record, CapturedSip) and not record.data.startswith(b"SIP/"):
                found += 1
                self._predict(f"{name_of(name)} packet {record.packet}", record.data)
        if not found:
            raise NotSeas(f"{name_of(name)}: no SIP request in it")

    def finish(self) -> None:
        """Say what was looked at."""
        if self._count and self._dialect is not None:
            what = "message" if self._count == 1 else "messages"
            say(f"{self._count:,} {what}: {self._dialect.name} hands over {self._taken:,}")

    def _predict(self, name: str, sip: bytes) -> None:
        self._count += 1
        stateless = self._wishes.stateless
        if self._dialect is None:
            self._table(name, sip, predict_all(sip, stateless=stateless))
            return
        found = predict(sip, self._dialect, stateless=stateless)
        self._taken += found.is_taken
        reasons = self._counted(found)
        if self._showing.as_json:
            self._showing.record("prediction", {"target": name, **_json(found, reasons, sip)})
        else:
            self._tell(name, sip, found, reasons)

    def _counted(self, found: Prediction) -> list[Reason]:
        """The reasons that are not to be ignored."""
        wanted = [reason for reason in found.reasons if self._showing.is_wanted(reason.cause)]
        for reason in wanted:
            self._showing.count(reason.cause.severity)
        return wanted

    def _tell(self, name: str, sip: bytes, found: Prediction, reasons: list[Reason]) -> None:
        showing = self._showing
        verdict = "hands it to the application server" if found.is_taken else "does not hand it on"
        line = shown(found.start_line[:100])
        showing.line(f"{shown(name.encode())}: {line}: {found.dialect.name} {verdict}")
        for reason in reasons:
            cause = reason.cause
            showing.line(f"   {cause.severity} {cause.id}: {cause.title}")
            showing.part("seen", _evidence(reason, sip))
            showing.part("means", cause.meaning)
            showing.part("cure", cause.cure)
            showing.part("see", cause.reference)

    def _table(self, name: str, sip: bytes, verdicts: list[Verdict]) -> None:
        showing = self._showing
        if not showing.as_json:
            line = shown(verdicts[0].prediction.start_line[:100])
            showing.line(f"{shown(name.encode())}: {line}")
        for verdict in verdicts:
            found = verdict.prediction
            reasons = self._counted(found)
            if showing.as_json:
                fields = {"target": name, "servers": verdict.servers, **_json(found, reasons, sip)}
                showing.record("prediction", fields)
                continue
            showing.part("taken" if found.is_taken else "refused", verdict.servers)
            for reason in reasons:
                showing.part("", f"{reason.cause.severity} {reason.cause.id}: {reason.says}")
                if not found.is_taken or reason.cause.severity > Severity.INFO:
                    showing.part("", f"cure: {reason.cause.cure}")


def looks_like_sip(data: bytes) -> bool:
    """Whether a file may be meant for a message, a damaged one too: SIP's version in the first
    line, or two headers in front of the first empty line that SIP alone has."""
    text = data.lstrip(b"\r\n").replace(b"\r\n", b"\n")
    first, *headers = text.partition(b"\n\n")[0].split(b"\n")
    if b"SIP/" in first:
        return b"\0" not in first
    names = {line.partition(b":")[0].strip().lower() for line in headers if b":" in line}
    return len(names & _HEADS) >= _SURE


def _evidence(reason: Reason, sip: bytes) -> str:
    if not reason.length:
        return reason.says
    place = f"byte {reason.start}, {reason.length} bytes, "
    return f"{place}{bytes_text(sip[reason.start : reason.start + reason.length])}: {reason.says}"


def _json(found: Prediction, reasons: list[Reason], sip: bytes) -> dict[str, Any]:
    return {
        "start_line": text_of(found.start_line[:200]),
        "dialect": found.dialect.name,
        "taken": found.is_taken,
        "event_length": len(found.event) if found.event is not None else None,
        "reasons": [
            {
                **cause_json(reason.cause),
                "cure": reason.cause.cure,
                "message": reason.says,
                "start": reason.start,
                "length": reason.length,
                "text": text_of(sip[reason.start : reason.start + reason.length]),
            }
            for reason in reasons
        ],
    }
