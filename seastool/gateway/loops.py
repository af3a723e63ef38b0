"""Whether a request goes round in circles (RFC 3261 section 16.3 item 4).

Coming by once more is a spiral, which application servers make on purpose; coming by a third
time for the same request URI is a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from seastool.sip.incoming import Incoming
from seastool.sip.transactions import ClientTransaction, TransactionLayer, vias

_MOST_TIMES: Final = 2


def is_looped(request: Incoming, is_own: Callable[[bytes], bool], layer: TransactionLayer) -> bool:
    """Whether requests that we have sent for the same URI are among those it comes of.

    is_own: whether a sent-by is ours.
    """
    if sum(line[0] == "VIA" for line in request.outline.lines) < _MOST_TIMES:
        return False
    uri = _uri_of(request)
    return sum(_uri(sent) == uri for sent in _sent(request, is_own, layer)) >= _MOST_TIMES


def has_been_here(
    request: Incoming, is_own: Callable[[bytes], bool], layer: TransactionLayer
) -> bool:
    """Whether it comes of a request that we have sent."""
    return any(True for _ in _sent(request, is_own, layer))


def _sent(
    request: Incoming, is_own: Callable[[bytes], bool], layer: TransactionLayer
) -> Iterator[ClientTransaction]:
    """The requests that it comes of, of those that we have sent."""
    for sent_by, branch in vias(request):
        if is_own(sent_by):
            sent = layer.find_client(branch, request.method)
            if sent is not None:
                yield sent


def _uri(sent: ClientTransaction) -> bytes:
    return sent.request.split(b" ", 2)[1]


def _uri_of(request: Incoming) -> bytes:
    start, length = request.start.second
    return request.text[start : start + length]
