"""Exit codes, and the errors behind them."""

from __future__ import annotations

from seastool.errors import SeasError

OK, FINDINGS, USAGE, INPUT, PEER, INTERRUPTED = 0, 1, 2, 3, 4, 130
MAX_EVENT_PORT = 65534  # the action port is the next one


class UsageFault(SeasError):
    """The command line is at fault: exit code 2."""


def refuse_empty(**options: str | list[str] | None) -> None:
    """Refuse options given as "": mostly a shell variable that is not set, and what was to be
    one call would be the whole capture. Raises: UsageFault.
    """
    for name, value in options.items():
        if value == "" or (isinstance(value, list) and "" in value):
            raise UsageFault(f"--{name.replace('_', '-')} is empty: say what, or leave it out")


class NotSeas(SeasError):
    """The input can be read but holds no SEAS: exit code 3."""


class NotThere(SeasError):
    """What was asked for is not in the input: exit code 1."""


class PeerFault(SeasError):
    """The network or the peer is at fault: exit code 4."""
