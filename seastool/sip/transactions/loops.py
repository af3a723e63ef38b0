"""Whether a request has been here before (RFC 3261 section 16.3 item 4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from typing import Final, TypeAlias

from seastool.sip.incoming import COOKIE, Incoming

Own: TypeAlias = Container[bytes] | Callable[[bytes, bytes], bool]
"""Sent-bys of ours, as `host:port` in lower case; or what says of a sent-by and its branch
whether they are ours."""

_VALUE: Final = re.compile(rb'(?:[^",]|"(?:[^"\\]|\\.)*"?)+', re.DOTALL)
_SENT_BY: Final = re.compile(
    rb"\s*[^\s/]+\s*/\s*[^\s/]+\s*/\s*([^\s/]+)\s+(\[[^\]\s]*\]|[^\s:;]+)(?:\s*:\s*([0-9]+))?"
)
_BRANCH: Final = re.compile(rb";\s*branch\s*=\s*([^;,\s]*)", re.IGNORECASE)


def has_loop(request: Incoming, own: Own, prefix: bytes = COOKIE) -> bool:
    """Whether one of the request's Vias is ours.

    prefix: what the branches that we make begin with; those of others with our sent-by count
    not. Whether it is a loop or a spiral is for a callable to say, by the branch.
    """
    for sent_by, branch in vias(request):
        if callable(own):
            if own(sent_by, branch):
                return True
        elif branch.startswith(prefix) and sent_by in own:
            return True
    return False


def vias(request: Incoming) -> Iterator[tuple[bytes, bytes]]:
    """Sent-by (`host:port` in lower case, the default port filled in) and branch of each Via.

    What does not read as a Via is left out.
    """
    for kind, _, value, end in request.outline.lines:
        if kind != "VIA":
            continue
        for part in _VALUE.findall(request.text, value, end):
            found = _SENT_BY.match(part)
            if found is None:
                continue
            branch = _BRANCH.search(part, found.end())
            port = found[3] or (b"5061" if found[1].upper() == b"TLS" else b"5060")
            yield b"%s:%s" % (found[2].lower(), port), branch[1] if branch else b""
