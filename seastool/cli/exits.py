"""Exit codes, and the error of a command line that asks for what makes no sense."""

from seastool.errors import SeasError

OK, FINDINGS, USAGE, INPUT, PEER, INTERRUPTED = 0, 1, 2, 3, 4, 130


class UsageFault(SeasError):
    """The command line is at fault: exit code 2."""


class NotSeas(SeasError):
    """The input can be read but holds no SEAS: exit code 3."""


class NotThere(SeasError):
    """What was asked for is not in the input: exit code 1."""
