"""What passes on an endpoint's connections: shown, and written to a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

from seastool.capture.detections import Detections
from seastool.capture.live import LiveCapture, Traffic
from seastool.capture.losses import Statistics
from seastool.capture.records import Address
from seastool.cli.decoding.choose_view import failed, view_for
from seastool.cli.decoding.selection import Keep, selection
from seastool.cli.decoding.summary import lost_lines
from seastool.cli.decoding.wishes import Wishes
from seastool.cli.live.options import LiveOptions
from seastool.cli.live.screen import Screen
from seastool.cli.live.trace_file import TraceFile
from seastool.cli.output import Output, leave_quietly, say
from seastool.render.jsonl.codes import dump
from seastool.render.jsonl.escape import quote
from seastool.render.jsonl.records import HEAD
from seastool.render.printable import printable
from seastool.seas.dialect import Dialect
from seastool.seas.types import Socket

MAX_WAITING: Final = 1000  # records of one batch


class LiveView:
    """The `Traffic` of a command, as its options want it. Of what an endpoint calls, nothing
    raises: what goes wrong here is counted and told on standard error.

    schedule: how to have a function called when the endpoint has done what came in, such as
        `call_soon` of its loop: what comes in at once is then shown in one piece. While it is
        None, everything is shown at once.
    keep: which frames are wanted, before --filter; all if None.
    on_gone: called once when nobody reads standard output any more; the command should end.
    A context manager: leaving it closes it.
    Raises: UsageFault for options that make no sense, OSError if --write has no file.
    """

    def __init__(
        self,
        options: LiveOptions,
        dialect: Dialect | None = None,
        *,
        keep: Keep | None = None,
    ) -> None:
        self.schedule: Callable[[Callable[[], None]], object] | None = None
        self.on_gone: Callable[[], None] | None = None
        self.statistics = Statistics()
        """Of the frames looked at: none if frames are not shown."""
        self.failures = 0
        """Calls that went wrong in here."""
        self._takers: list[Traffic] = []
        self._scheduled = self._closed = False
        self._json = options.json
        self._screen: Screen | None = None
        self._trace: TraceFile | None = None
        if options.shows:
            self._screen = screen = self._open_screen(options, dialect, keep)
            self._takers.append(LiveCapture(screen.take, self.statistics))
        if options.write:
            self._trace = TraceFile(options.write, self.note)
            self._trace.on_gone = self._nobody_reads
            self._takers.append(self._trace.writer)

    def opened(
        self,
        connection: int,
        local: Address,
        remote: Address,
        *,
        openser_is_local: bool,
        socket: Socket | None,
        time_ns: int,
    ) -> None:
        """See `Traffic`."""
        for taker in self._takers:
            try:
                taker.opened(
                    connection,
                    local,
                    remote,
                    openser_is_local=openser_is_local,
                    socket=socket,
                    time_ns=time_ns,
                )
            except Exception as error:
                self._failed(error)

    def data(
        self, connection: int, data: bytes, *, sent: bool, time_ns: int, comment: str = ""
    ) -> None:
        """See `Traffic`."""
        for taker in self._takers:
            try:
                taker.data(connection, data, sent=sent, time_ns=time_ns, comment=comment)
            except Exception as error:
                self._failed(error)
        self._show_soon()

    def closed(self, connection: int, *, sent: bool, reset: bool, time_ns: int) -> None:
        """See `Traffic`."""
        for taker in self._takers:
            try:
                taker.closed(connection, sent=sent, reset=reset, time_ns=time_ns)
            except Exception as error:
                self._failed(error)
        self._show_soon()

    def datagram(
        self, local: Address, remote: Address, data: bytes, *, sent: bool, time_ns: int
    ) -> None:
        """See `Traffic`."""
        for taker in self._takers:
            try:
                taker.datagram(local, remote, data, sent=sent, time_ns=time_ns)
            except Exception as error:
                self._failed(error)
        self._show_soon()

    def flush(self) -> None:
        """Show what waits."""
        self._scheduled = False
        if self._screen is not None:
            self._screen.flush()

    def note(self, text: str) -> None:
        """Tell people something, on standard error, behind the frames that came before."""
        self.tell(printable(line) for line in text.splitlines())

    def tell(self, lines: Iterable[str]) -> None:
        """Lines that are fit for a terminal already, on standard error, behind the frames."""
        self.flush()
        with suppress(OSError, ValueError):
            for line in lines:
                say(line)

    def record(self, kind: str, fields: dict[str, Any]) -> None:
        """With --json, a record that is not of a frame (docs/json.md)."""
        if self._json and self._screen is not None:
            self._screen.write(f"{HEAD}{quote(kind)},{dump(fields)[1:]}\n")

    def close(self) -> None:
        """Show and tell what is left, close the file.

        Ends the program quietly if nobody reads standard output any more. Raises: the OSError
        with which it failed otherwise, of which `seastool.cli.main` makes an exit code.
        """
        if self._closed:
            return
        self._closed = True
        errors: list[OSError] = []
        for part in (self._screen, self._trace):
            try:
                if part is not None:
                    part.close()
            except OSError as error:
                errors.append(error)
        for line in lost_lines(self.statistics):
            self.note(line)
        if any(isinstance(error, BrokenPipeError) for error in errors):
            leave_quietly()
        if errors:
            raise errors[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except (OSError, SystemExit):
            if error is None:
                raise

    @property
    def takes(self) -> bool:
        """Whether anything is shown or written: if not, an endpoint need not tell."""
        return bool(self._takers)

    @property
    def dialect(self) -> Dialect | None:
        """What frames are decoded with, from now on; None: as detected."""
        return self._screen.dialect if self._screen is not None else None

    @dialect.setter
    def dialect(self, dialect: Dialect | None) -> None:
        if self._screen is not None:
            self._screen.flush()
            self._screen.dialect = dialect

    @property
    def detections(self) -> Detections:
        """What was told of each proxy, unless the dialect was given."""
        return self._screen.detections if self._screen is not None else Detections()

    @property
    def findings(self) -> bool:
        """Whether --lint has found faults that make a command fail."""
        return self._screen is not None and failed(self._screen.view)

    def _open_screen(
        self, options: LiveOptions, dialect: Dialect | None, wanted: Keep | None
    ) -> Screen:
        wishes = Wishes(
            verbose=options.verbose,
            hexdump=options.hexdump,
            json=options.json,
            lint=options.lint,
            filter=options.filter or "",
            time=options.time,
            color=options.color,
        )
        keep = _both(wanted, selection(wishes, self.statistics))
        screen = Screen(
            view_for(wishes),
            Output(),
            self.statistics,
            self.note,
            keep=keep,
            dialect=dialect,
        )
        screen.on_gone = self._nobody_reads
        return screen

    def _show_soon(self) -> None:
        waiting = self._screen.waiting if self._screen is not None else 0
        if not waiting:
            return
        if self.schedule is None or waiting >= MAX_WAITING:
            self.flush()
        elif not self._scheduled:
            try:
                self.schedule(self.flush)
                self._scheduled = True
            except RuntimeError:  # a loop that is closed
                self.flush()

    def _failed(self, error: Exception) -> None:
        """Tell of the first fault in here: the endpoint goes on, whatever it is."""
        self.failures += 1
        if self.failures == 1:
            name = type(error).__name__
            self.note(f"what passes cannot be followed: {name}: {error}; the endpoint goes on")

    def _nobody_reads(self) -> None:
        if self.on_gone is not None:
            self.on_gone()


def _both(one: Keep | None, other: Keep | None) -> Keep | None:
    """One test for two, of which either may be missing."""
    if one is None or other is None:
        return one or other
    return lambda decoded: one(decoded) and other(decoded)
