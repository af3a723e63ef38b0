"""What stands for the identifiers of a recorded call now: Call-ID, tags, who is called what.

It is learnt from pairs of messages: a recorded one, and the one that came in its place.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from seastool.replay.fields import SipFields, tag_of
from seastool.replay.rewriting.draft import Draft

_TAG: Final = re.compile(rb";[ \t]*tag[ \t]*=[ \t]*[^\s;,>]+", re.I)
_URI: Final = re.compile(rb"<([^<>]*)>|([^\s;,<>]+)")
_NOBODY: Final = b""


class Asked(NamedTuple):
    """A request as it was recorded, and the one of now in its place."""

    then: SipFields
    now: SipFields


class Identities:
    """Of one call. call_id: the one that our own requests have in place of the recorded one."""

    def __init__(self, call_id: tuple[bytes, bytes] | None = None) -> None:
        self._call_ids: dict[bytes, bytes] = dict([call_id]) if call_id else {}
        self._parties: dict[bytes, bytes] = {}  # by recorded tag: From or To as it is now
        self._uris: dict[bytes, bytes] = {}  # by recorded Contact
        self._routes: dict[tuple[bytes, ...], list[bytes]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is other than recorded."""
        pairs = (*self._call_ids.items(), *self._uris.items())
        return all(then == now for then, now in pairs) and all(
            tag_of(now) == then for then, now in self._parties.items() if then
        )

    def learn(self, then: SipFields, now: SipFields) -> None:
        """A message has come where another was recorded, or is sent in its place."""
        self._call_ids[then.call_id] = now.call_id
        for key in (b"from", b"to"):
            was, value = then.first(key), now.first(key)
            tag = tag_of(was)
            if value and (tag or key == b"to") and (not tag or tag_of(value)):
                self._learn_party(tag or _NOBODY, was, value)
        if contact := _uri(then.first(b"contact")):
            self._uris[contact] = _uri(now.first(b"contact")) or contact
        if routes := then.all(b"record-route"):
            self._routes[tuple(routes)] = now.all(b"record-route")

    def _learn_party(self, tag: bytes, then: bytes, now: bytes) -> None:
        """Of a party that is as recorded, how it is written is left alone."""
        same = tag_of(then) == tag_of(now) and _uri(then) == _uri(now)
        if not same or tag in self._parties:
            self._parties[tag] = now

    def rewritten(self, text: bytes, *, asked: Asked | None = None, vias: bool = False) -> bytes:
        """A recorded message with what stands for its identifiers now.

        asked: what a response is for: it has its CSeq now, and its Vias if wanted, those that
        were put before them included.
        """
        draft = Draft(text)
        draft.change(b"call-id", lambda value: self._call_ids.get(value, value))
        draft.change(b"from", self._party)
        draft.change(b"to", self._party)
        if draft.start[:8].upper() != b"SIP/2.0 ":
            self._direct(draft)
        if asked is not None:
            draft.change(b"cseq", lambda value: asked.now.first(b"cseq") or value)
            if vias:
                draft.set_all(b"Via", _vias(draft.all(b"via"), asked))
                self._record_routes(draft)
        return draft.render()

    def _party(self, value: bytes) -> bytes:
        tag = tag_of(value)
        if (found := self._parties.get(tag)) is not None:
            return found if tag or not tag_of(found) else _untagged(found)
        nobody = self._parties.get(_NOBODY)
        if nobody is None or not tag:
            return value
        return b"%s;tag=%s" % (_untagged(nobody), tag)

    def _direct(self, draft: Draft) -> None:
        """Request-URI and Route."""
        method, _, rest = draft.start.partition(b" ")
        uri, _, version = rest.rpartition(b" ")
        draft.start = b"%s %s %s" % (method, self._uris.get(uri, uri), version)
        routes = draft.all(b"route")
        for known in (tuple(routes), tuple(reversed(routes))):
            if routes and known in self._routes:
                now = self._routes[known]
                draft.set_all(b"Route", now if known == tuple(routes) else now[::-1])
                break

    def _record_routes(self, draft: Draft) -> None:
        routes = tuple(draft.all(b"record-route"))
        if routes in self._routes:
            draft.set_all(b"Record-Route", self._routes[routes])


def _untagged(value: bytes) -> bytes:
    at = value.rfind(b">") + 1
    return value[:at] + _TAG.sub(b"", value[at:], count=1)


def _uri(value: bytes) -> bytes:
    found = _URI.search(value)
    return (found[1] or found[2] or b"") if found else b""


def _vias(then: list[bytes], asked: Asked) -> list[bytes]:
    """The Vias of a response now: those of its request, behind those that it had before them."""
    count = len(asked.then.all(b"via"))
    extra = then[:-count] if count and then[-count:] == asked.then.all(b"via") else []
    return extra + asked.now.all(b"via")
