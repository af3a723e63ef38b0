"""Text from the wire made fit for a terminal: nothing in it moves a cursor or sets a colour."""


def text_of(data: bytes) -> str:
    """Bytes as text: UTF-8, and what is not UTF-8 as ``\\xNN``."""
    return data.decode("utf-8", "backslashreplace")


def printable(text: str) -> str:
    """The text with every character that does not print written as an escape.

    Control characters, ESC, line ends, bidirectional overrides and the like become ``\\n``,
    ``\\x1b``, ``\\u202e``. All else stays, backslashes included.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def shown(data: bytes) -> str:
    """Bytes from the wire as printable text."""
    return printable(text_of(data))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
