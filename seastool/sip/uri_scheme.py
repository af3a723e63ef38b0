"""The scheme of a URI: sip, sips, tel, tels; urn where the parser knows it."""

import re
from typing import Final

from seastool.sip.grammar import Grammar
from seastool.sip.text import fail

_SCHEME: Final = re.compile(
    rb"(?:[Ss][Ii][Pp]([Ss:\x1a])|[Tt][Ee][Ll]([Ss:\x1a])|[Uu][Rr][Nn][:\x1a])"
)
_SHORTEST: Final = 5


def uri_scheme(text: bytes, start: int, end: int, grammar: Grammar) -> tuple[str, int]:
    """The scheme's name and where what follows its colon starts. Raises: SipError."""
    found = _SCHEME.match(text, start, end)
    if end - start < _SHORTEST or found is None:
        fail("not a sip, sips or tel URI", start)
    sip, tel = found[1], found[2]
    name = "sip" if sip else "tel" if tel else "urn"
    if name == "urn" and grammar.uri_tels:
        fail("not a sip, sips or tel URI", start)
    if (sip or tel or b":") not in b"sS":
        return name, start + 4
    if text[start + 4] != 0x3A or (tel and not grammar.uri_tels):
        fail("not a sip, sips or tel URI", start)
    return name + "s", start + 5
