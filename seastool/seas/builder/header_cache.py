"""Header structures kept by the header's own bytes, identifiers left out of account.

A structure says where things are, not what they are. So two lines that differ only in the
characters of a tag, of a branch or of the user part of a sip URI have the same structure, and
a header without a body needs nothing but its name and length. Lines are kept as they are too;
those of passing identifiers are many, so that store is the first to be emptied.
"""

from typing import Final

from seastool.errors import EncodeError
from seastool.seas.builder.header import HeaderStructure, has_body, header_structure
from seastool.seas.dialect import Dialect
from seastool.sip.masking import masked

_KEPT_LINES: Final = 4096
_KEPT_STRUCTURES: Final = 4096
_KEPT_NAMES: Final = 512
_ELSEWHERE: Final = HeaderStructure(0, 0, b"", 0)


class HeaderCache(dict[bytes, HeaderStructure]):
    """Line -> its structure in one dialect; makes what it has not met.

    A structure of length 0 says that the line alone does not hold the header.
    Raises (on a look-up): EncodeError if the server refuses a message with that header.
    """

    def __init__(self, dialect: Dialect, behind: bytes = b"A") -> None:
        """behind: the byte that the text goes on with; a letter stands for most."""
        super().__init__()
        self._dialect = dialect
        self._behind = behind
        self._plain: dict[tuple[bytes, int], HeaderStructure] = {}
        self._masked: dict[bytes, HeaderStructure] = {}
        self._with_body: set[bytes] = set()

    def __missing__(self, line: bytes) -> HeaderStructure:
        colon = line.find(b":") + 1
        if not colon:
            return _ELSEWHERE
        name = line[:colon]
        if name in self._with_body:
            made = self._bodied(line)
        else:
            made = self._plain.get((name, len(line))) or self._first(name, line)
        if len(self) >= _KEPT_LINES:
            self.clear()
        self[line] = made
        return made

    def _first(self, name: bytes, line: bytes) -> HeaderStructure:
        """A name, or a name and length, that was not met before."""
        made = header_structure(line + self._behind, self._dialect)
        if has_body(line, self._dialect):
            if len(self._with_body) >= _KEPT_NAMES:
                self._with_body.clear()
            self._with_body.add(name)
        else:
            if len(self._plain) >= _KEPT_STRUCTURES:
                self._plain.clear()
            self._plain[name, len(line)] = made
        return made

    def _bodied(self, line: bytes) -> HeaderStructure:
        key = masked(line)
        found = self._masked.get(key)
        if found is None:
            try:
                found = header_structure(key + self._behind, self._dialect)
            except EncodeError:
                # Again, to say it with the header's own text.
                return header_structure(line + self._behind, self._dialect)
            if len(self._masked) >= _KEPT_STRUCTURES:
                self._masked.clear()
            self._masked[key] = found
        return found
