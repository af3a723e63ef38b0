"""Calls the functions of a script, and makes of what they return what is to be passed on.

A fault of the script never hurts the connection: what it was called with passes as it came.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Final

from seastool.errors import DecodeError, LocalProtocolError, SeasError
from seastool.seas.codec import decode_frame, encode_frame
from seastool.seas.dialect import Dialect
from seastool.seas.frames import AcResFail, Action, Event
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import Name, SocketInfo
from seastool.seas.tap.context import Context
from seastool.seas.tap.hooks import DROP, Hooks, MomentHook, Result, Unit

MAX_PLACES: Final = 100  # of faults that are told
HELLOS: Final[dict[UnitKind, type[Name] | type[SocketInfo]]] = {
    UnitKind.NAME: Name,
    UnitKind.SOCKET_INFO: SocketInfo,
}


class Script:
    """The functions of one script, called safely.

    tell: gets the traceback of a fault, once for each place in the code. counts: what it did.
    """

    def __init__(
        self, hooks: Hooks, tell: Callable[[str], None], counts: Counter[str] | None = None
    ) -> None:
        self.counts: Counter[str] = Counter() if counts is None else counts
        self._hooks = hooks
        self._tell = tell
        self._places: set[tuple[object, ...]] = set()

    def unit(self, kind: UnitKind, data: bytes, context: Context) -> Sequence[bytes] | None:
        """What goes out in place of one whole unit; None: the same. Never raises."""
        hook = self._hooks.on_frame if kind is UnitKind.FRAME else self._hooks.on_hello
        if hook is None:
            return None
        try:
            record = _decoded(kind, data, context)
        except DecodeError:
            self.counts["not decoded"] += 1
            return None
        try:
            result = hook(record, context)
        except Exception as error:
            self._failed(error)
            return None
        try:
            out = _bytes_of(result, context.dialect)
        except SeasError as error:
            self._told_once(("result", str(error)), f"a result of the script: {error}")
            return None
        if out is None or list(out) == [data]:
            return None
        self.counts["changed" if len(out) == 1 else "dropped" if not out else "replaced"] += 1
        return out

    def opened(self, context: Context) -> None:
        """An application server has both its connections."""
        self._call(self._hooks.on_open, context)

    def closed(self, context: Context) -> None:
        """The first of the two has ended."""
        self._call(self._hooks.on_close, context)

    def _call(self, hook: MomentHook | None, context: Context) -> None:
        if hook is None:
            return
        try:
            hook(context)
        except Exception as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        trace = _own_part(error.__traceback__)
        steps = traceback.extract_tb(trace)
        last = steps[-1] if steps else None
        told = "".join(traceback.format_exception(error.with_traceback(trace))).rstrip()
        place = (type(error), last and last.filename, last and last.lineno)
        self._told_once(place, f"the script has failed:\n{told}")

    def _told_once(self, place: tuple[object, ...], text: str) -> None:
        """Count a fault, and tell of the first at its place."""
        self.counts["errors"] += 1
        if place in self._places or len(self._places) >= MAX_PLACES:
            return
        self._places.add(place)
        self._tell(f"{text}\nwhat it was called for passes as it came")


def _own_part(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without the call of ours that it begins with."""
    return (trace.tb_next or trace) if trace is not None else None


def _decoded(kind: UnitKind, data: bytes, context: Context) -> Unit:
    if kind is UnitKind.FRAME:
        return decode_frame(data, context.socket, context.direction, context.dialect.layout)
    return HELLOS[kind].decode(data)


def _bytes_of(result: Result, dialect: Dialect) -> list[bytes] | None:
    """Raises: EncodeError; LocalProtocolError for what cannot be passed on."""
    if result is None:
        return None
    if result is DROP:
        return []
    if isinstance(result, list | tuple):
        return [_encoded(one, dialect) for one in result]
    return [_encoded(result, dialect)]


def _encoded(one: Any, dialect: Dialect) -> bytes:
    if isinstance(one, bytes | bytearray | memoryview):
        return bytes(one)
    if isinstance(one, Event | Action | AcResFail):
        return encode_frame(one, dialect.layout)
    if isinstance(one, Name | SocketInfo):
        return one.encode()
    raise LocalProtocolError(
        f"a hook has returned {type(one).__name__}; it is None, a frame, bytes, a list of these, "
        "or DROP"
    )
