"""A header line without the characters of its identifiers: a key for what is kept of lines."""

import re
from typing import Final

LONGEST_KEPT: Final = 512
FILLER: Final = b"x" * LONGEST_KEPT
_IDENTIFIER: Final = re.compile(rb"[\w.+\-]*")
_NAMES: Final = (b";tag=", b";branch=")


def masked(line: bytes) -> bytes:
    """The line with the characters of its identifiers replaced, each by one that no parser
    treats otherwise."""
    for name in _NAMES:
        start = line.find(name)
        if start >= 0:
            start += len(name)
            found = _IDENTIFIER.match(line, start)
            end = found.end() if found else start
            line = line[:start] + FILLER[: end - start] + line[end:]
    start = line.find(b"sip:") + len(b"sip:")
    if start >= len(b"sip:"):
        found = _IDENTIFIER.match(line, start)
        end = found.end() if found else start
        if line[end : end + 1] == b"@":
            line = line[:start] + FILLER[: end - start] + line[end:]
    return line
