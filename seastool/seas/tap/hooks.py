"""The functions that a script may have, what they get, and what they may return."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, Final, Literal, Protocol

from seastool.errors import SeasError
from seastool.seas.frames import Frame
from seastool.seas.handshake import Name, SocketInfo
from seastool.seas.tap.context import Context


class Verdict(Enum):
    """What a hook may return beside things to pass on."""

    DROP = "drop"


DROP: Final = Verdict.DROP
"""Pass nothing on."""

Unit = Frame | Name | SocketInfo
Result = Unit | bytes | Sequence[Unit | bytes] | Literal[Verdict.DROP] | None
"""None: pass it on as it came, whatever was done to the record. A record is encoded, with its
length as it then is; bytes go out as they are; of a sequence all go out, in order."""


class FrameHook(Protocol):
    """``on_frame``: called with every frame that can be decoded."""

    def __call__(self, frame: Any, context: Context, /) -> Result: ...


class HelloHook(Protocol):
    """``on_hello``: called with each name and with socket info."""

    def __call__(self, hello: Any, context: Context, /) -> Result: ...


class MomentHook(Protocol):
    """``on_open`` and ``on_close``: called when an application server has both its connections,
    and when the first of them ends."""

    def __call__(self, context: Context, /) -> None: ...


class HookError(SeasError):
    """What is to be a script has none of the functions, or one that is none."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """The functions of one script; any may be missing."""

    on_frame: FrameHook | None = None
    on_hello: HelloHook | None = None
    on_open: MomentHook | None = None
    on_close: MomentHook | None = None


NAMES: Final = tuple(field.name for field in fields(Hooks))


def hooks_of(namespace: Mapping[str, object]) -> Hooks:
    """The functions of a module, by its ``vars()``.

    Raises: HookError if there is none, one is no function, or one is called ``on_`` something
    else, as nobody would ever call it.
    """
    found: dict[str, Callable[..., Any]] = {}
    for name, value in namespace.items():
        if name in NAMES:
            if not callable(value):
                raise HookError(f"{name} is not a function but {type(value).__name__}")
            found[name] = value
        elif name.startswith("on_") and callable(value):
            raise HookError(f"{name} is never called; there are {', '.join(NAMES)}")
    if not found:
        raise HookError(f"it has none of the functions {', '.join(NAMES)}")
    return Hooks(**found)
