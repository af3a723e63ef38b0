"""The error of the filter language, which can point at its fault."""

from unicodedata import combining, east_asian_width

from seastool.errors import SeasError

_CONTEXT = 60  # characters shown on either side of the fault


class FilterError(SeasError):
    """A filter expression that is not one.

    offset: index of the faulty character in the expression, counted from 0.
    """

    def __init__(self, message: str, *, expression: str, offset: int) -> None:
        super().__init__(f"{message} (column {offset + 1} of the filter)")
        self.reason = message
        self.expression = expression
        self.offset = offset

    def pointed(self) -> str:
        """Return two lines: the expression, and a caret under the fault.

        What is not printable is shown as ``?``, and a long expression only around the fault.
        """
        before = self.expression[: self.offset]
        after = self.expression[self.offset :]
        if len(before) > _CONTEXT:
            before = "..." + before[-_CONTEXT:]
        if len(after) > _CONTEXT:
            after = after[:_CONTEXT] + "..."
        before, after = _printable(before), _printable(after)
        return f"{before}{after}\n{' ' * _columns(before)}^"


def shown(text: str) -> str:
    """Quote a piece of an expression for a message: one line, printable, short."""
    return repr(text if len(text) <= 40 else text[:40] + "...")


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " if c in "\t\r\n" else "?" for c in text)


def _columns(text: str) -> int:
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
