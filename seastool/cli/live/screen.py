"""Records on standard output as they come, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from seastool.capture.decoded import Decoded, decode_records
from seastool.capture.detections import Detections
from seastool.capture.losses import Statistics
from seastool.capture.records import Record
from seastool.cli.decoding.selection import Keep
from seastool.cli.decoding.view import View
from seastool.cli.output import Output, abandon_output
from seastool.seas.dialect import Dialect


class Screen:
    """Shows records by a view. Only `close` raises.

    statistics: those of the records. tell: takes what goes wrong, a line at a time.
    keep: which records are wanted; all of them if None.
    dialect: what frames are decoded with; None to tell it from the frames of each proxy.
    """

    def __init__(
        self,
        view: View,
        output: Output,
        statistics: Statistics,
        tell: Callable[[str], None],
        *,
        keep: Keep | None = None,
        dialect: Dialect | None = None,
    ) -> None:
        self.view = view
        self.dialect = dialect
        self.detections = Detections()
        self.failures = 0
        """Records that could not be shown."""
        self.on_gone: Callable[[], None] | None = None
        """Called once when nobody reads the output any more."""
        self._output = output
        self._statistics = statistics
        self._tell = tell
        self._keep = keep
        self._waiting: list[Record] = []
        self._started = False
        self._at = 0
        self._error: OSError | None = None

    @property
    def waiting(self) -> int:
        """Records taken and not shown yet."""
        return len(self._waiting)

    def take(self, record: Record) -> None:
        """Keep a record until `flush`."""
        if self._error is None:
            self._waiting.append(record)

    def flush(self) -> None:
        """Show what waits, in one piece."""
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        records = self._followed(batch)
        try:
            while not self._show(records):
                pass
            self._output.flush()
        except OSError as error:
            self._give_up(error)

    def write(self, text: str) -> None:
        """Write text of another kind, behind the records that came before."""
        self.flush()
        if self._error is not None:
            return
        try:
            self._output.write(text)
            self._output.flush()
        except OSError as error:
            self._give_up(error)

    def close(self) -> None:
        """Show what still waits. Raises: OSError if the output could not be written at some time,
        BrokenPipeError if nobody read it any more."""
        self.flush()
        if self.failures > 1:
            self._tell(f"{self.failures:,} records could not be shown")
        if self._error is not None:
            raise self._error

    def failed(self, error: Exception) -> None:
        """Something cannot be shown: count it, and tell of the first."""
        self.failures += 1
        if self.failures == 1:
            self._tell(
                f"a record cannot be shown, about packet {self._at}, and is left out: "
                f"{type(error).__name__}: {error}"
            )

    def _followed(self, batch: list[Record]) -> Iterator[Record]:
        for record in batch:
            self._at = record.packet
            yield record

    def _show(self, records: Iterator[Record]) -> bool:
        """Show records up to one that cannot be shown; returns whether all are done."""
        found = decode_records(records, self.dialect, live=True, detections=self.detections)
        try:
            for decoded in found:
                if self._keep is None or self._keep(decoded):
                    self._show_one(decoded)
        except OSError:
            raise
        except Exception as error:  # a fault in showing must not end what is shown
            self.failed(error)
            return False
        return True

    def _show_one(self, decoded: Decoded) -> None:
        if not self._started:
            self._started = True
            start_ns = self._statistics.start_ns or decoded.captured.time_ns
            self._output.write(self.view.start(start_ns))
        self._output.write(self.view.show(decoded))

    def _give_up(self, error: OSError) -> None:
        self._error = error
        abandon_output()
        if not isinstance(error, BrokenPipeError):
            reason = error.strerror or error
            self._tell(f"frames are not shown any longer: the output cannot be written ({reason})")
        elif self.on_gone is not None:
            self.on_gone()
