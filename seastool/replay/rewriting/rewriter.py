"""The recorded messages of one call's client as they are sent now."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from seastool.replay.fields import tag_of
from seastool.replay.messages import RecordedCall
from seastool.replay.rewriting.credentials import Authority, Challenge, Credentials, challenge_of
from seastool.replay.rewriting.dialogs import Pair, routed, routes_of
from seastool.replay.rewriting.draft import Draft
from seastool.replay.rewriting.places import Place, Places, uris_of
from seastool.sip.incoming import COOKIE
from seastool.sip.reply import ReplyForm

_VIA: Final = re.compile(
    rb"(SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*)[A-Za-z0-9]+\s+(?:\[[^\]]*\]|[^\s:;,]+)(?:\s*:\s*[0-9]+)?"
    rb"([^,]*)",
    re.I,
)
_HOP_PARAMETERS: Final = re.compile(
    rb";[ \t]*(?:(?:branch|received)[ \t]*=[ \t]*[^;,\s]*|rport(?:[ \t]*=[ \t]*[0-9]*)?)", re.I
)
_RPORT: Final = re.compile(rb";[ \t]*rport\b", re.I)
_TAG: Final = re.compile(rb"(;[ \t]*tag[ \t]*=[ \t]*)[^\s;,>]+", re.I)
_ECHOED: Final = ((b"rseq", b"rack"), (b"sip-etag", b"sip-if-match"))
_AUTHORITIES: Final = (
    (b"www-authenticate", b"authorization", b"Authorization"),
    (b"proxy-authenticate", b"proxy-authorization", b"Proxy-Authorization"),
)
_FROM_REQUEST: Final = frozenset(
    {b"via", b"from", b"to", b"call-id", b"cseq", b"record-route", b"content-length"}
)
OLD_DIGEST: Final = (
    "the trace holds digest credentials, which no server takes twice: give --user NAME:PASSWORD"
)


class Rewriting:
    """Renders what one client sent for another time, with identifiers of its own.

    here: where the client is now. there: what stands for the recorded server; None: the server's
    addresses stay as they are. new_token: gives identifiers, each of them once. notes: what a
    person should know, a line each.
    """

    def __init__(
        self,
        call: RecordedCall,
        here: Place,
        there: Place | None,
        new_token: Callable[[], bytes],
        *,
        credentials: Credentials | None = None,
    ) -> None:
        self.here = here
        self.notes: list[str] = []
        self.call_id = b"%s@%s" % (new_token(), here.host)
        self._new_token = new_token
        self._places = Places(call, here, there)
        self._authority = Authority(credentials, new_token) if credentials else None
        self._tags: dict[bytes, bytes] = {}
        self._pairs: dict[bytes, Pair] = {}
        self._latest = Pair()
        self._echoes: dict[tuple[bytes, bytes], bytes] = {}
        self._challenges: dict[bytes, Challenge] = {}

    # What comes.

    def learn_response(self, expected: bytes, got: bytes) -> None:
        """The other side has sent `got` where `expected` was recorded."""
        then, now = Draft(expected), Draft(got)
        pair = self._pair(tag_of(then.first(b"to")), tag_of(now.first(b"to")))
        method = then.first(b"cseq").rpartition(b" ")[2]
        pair.then.answered(then, method, _status(then))
        pair.now.answered(now, method, _status(now))
        self._learn_echoes(then, now)
        self.challenged(got)

    def learn_blind(self, got: bytes) -> None:
        """The other side has sent the response `got`, and nothing of it was recorded at all."""
        now = Draft(got)
        pair = self._pair(b"", tag_of(now.first(b"to")))
        pair.is_blind = True
        pair.now.answered(now, now.first(b"cseq").rpartition(b" ")[2], _status(now))
        self.challenged(got)

    def learn_request(self, expected: bytes, got: bytes) -> None:
        """The other side has sent the request `got` where `expected` was recorded."""
        then, now = Draft(expected), Draft(got)
        pair = self._pair(tag_of(then.first(b"from")), tag_of(now.first(b"from")))
        method = now.start.partition(b" ")[0]
        pair.then.asked(then, method)
        pair.now.asked(now, method)

    def challenged(self, response: bytes) -> None:
        """Remember what a 401 or 407 asks for."""
        draft = Draft(response)
        if _status(draft) not in (401, 407):
            return
        for asking, answering, _ in _AUTHORITIES:
            if found := challenge_of(draft.all(asking)):
                self._challenges[answering] = found

    def _pair(self, then: bytes, now: bytes) -> Pair:
        self._latest = self._pairs.setdefault(then, Pair())
        if now:
            self._latest.tag = now
        return self._latest

    def _learn_echoes(self, then: Draft, now: Draft) -> None:
        for given, _ in _ECHOED:
            if (was := then.first(given)) and (value := now.first(given)):
                self._echoes[given, was] = value

    # What goes out.

    def request(self, data: bytes, *, branch: bytes = b"") -> tuple[bytes, bytes]:
        """A recorded request for now, and its branch; without one given, a new one."""
        draft = Draft(data)
        branch = branch or COOKIE + self._new_token()
        draft.change(b"via", lambda value: self._via(value, branch), most=1)
        draft.change(b"from", self._own_tag)
        pair = self._dialog(tag_of(draft.first(b"to")))
        if pair is not None and pair.tag:
            draft.change(b"to", lambda value: _tagged(value, pair.tag))
        self._place(draft, pair)
        self._echo(draft)
        self._common(draft)
        self._authorize(draft)
        return draft.render(counted=self.here.transport == b"tcp"), branch

    def response(self, data: bytes, form: ReplyForm) -> bytes:
        """A recorded response for now, to the request that the form is of."""
        draft = Draft(data)
        _, _, rest = draft.start.partition(b" ")
        tag = self._tags_now(tag_of(draft.first(b"to")))
        self._common(draft)
        return form.render(
            _status(draft),
            rest.partition(b" ")[2],
            tag=b"" if form.tag else tag,
            headers=draft.rest(_FROM_REQUEST),
            body=draft.body,
        )

    def inside(
        self, method: bytes, invite: bytes, success: bytes, cseq: int
    ) -> tuple[bytes, bytes]:
        """A request that nobody recorded, in the dialog that a 2xx of now has made of an INVITE of
        now, and its branch."""
        asked, answered = Draft(invite), Draft(success)
        contact = answered.first(b"contact")
        target = uris_of([contact])[0] if contact else asked.start.split(b" ")[1]
        uri, routes = routed(target, routes_of(answered.all(b"record-route"))[::-1])
        branch = COOKIE + self._new_token()
        lines = [
            b"%s %s SIP/2.0" % (method, uri),
            b"Via: " + self._via(asked.first(b"via"), branch),
            *(b"Route: " + route for route in routes),
            b"From: " + asked.first(b"from"),
            b"To: " + answered.first(b"to"),
            b"Call-ID: " + asked.first(b"call-id"),
            b"CSeq: %d %s" % (cseq, method),
            b"Max-Forwards: 70",
            b"Content-Length: 0",
        ]
        return b"\r\n".join(lines) + b"\r\n\r\n", branch

    def _via(self, value: bytes, branch: bytes) -> bytes:
        here = self.here

        def change(found: re.Match[bytes]) -> bytes:
            rport = b";rport" if _RPORT.search(found[2]) else b""
            kept = _HOP_PARAMETERS.sub(b"", found[2])
            head = b"%s%s %s" % (found[1], here.transport.upper(), here.text)
            return b"%s;branch=%s%s%s" % (head, branch, rport, kept)

        return _VIA.sub(change, value, count=1)

    def _own_tag(self, value: bytes) -> bytes:
        tag = tag_of(value)
        return _tagged(value, self._tags_now(tag)) if tag else value

    def _tags_now(self, then: bytes) -> bytes:
        if not then:
            return b""
        if then not in self._tags:
            self._tags[then] = self._new_token()
        return self._tags[then]

    def _dialog(self, tag: bytes) -> Pair | None:
        return self._pairs.get(tag, self._latest) if tag else None

    def _place(self, draft: Draft, pair: Pair | None) -> None:
        """Request-URI and Route."""
        method, _, rest = draft.start.partition(b" ")
        uri, _, version = rest.rpartition(b" ")
        routes = routes_of(draft.all(b"route"))
        found: list[bytes] | None = None
        is_target = False
        place = uri
        if pair is not None:
            place, found, is_target = pair.place(uri, routes)
        if not is_target:
            place = self._places.moved(place)
        if found is None:
            found = [self._places.moved(route) for route in routes]
        if found != routes:
            draft.set_all(b"Route", found)
        draft.start = b"%s %s %s" % (method, place, version)

    def _echo(self, draft: Draft) -> None:
        for given, echoed in _ECHOED:

            def change(value: bytes, given: bytes = given) -> bytes:
                first, blank, rest = value.partition(b" ")
                return self._echoes.get((given, first), first) + blank + rest

            draft.change(echoed, change)

    def _common(self, draft: Draft) -> None:
        """What requests and responses have alike: Call-ID, Contact, the session description."""
        draft.change(b"call-id", lambda _: self.call_id)
        draft.change(b"contact", lambda value: self._places.moved(value, contact=True))
        kind = draft.first(b"content-type").lower()
        if b"sdp" in kind or b"multipart" in kind or draft.body.startswith(b"v=0"):
            draft.body = self._places.described(draft.body)

    def _authorize(self, draft: Draft) -> None:
        method, uri = draft.start.split(b" ")[:2]
        for _, key, name in _AUTHORITIES:
            if not draft.first(key).lower().startswith(b"digest"):
                continue
            challenge = self._challenges.get(key)
            if self._authority is None:
                self.note(OLD_DIGEST)
            elif challenge is not None:
                answer = self._authority.answer(challenge, method, uri, draft.body)
                draft.set_all(name, [answer])

    def note(self, text: str) -> None:
        """Add a note, unless it is there."""
        if text not in self.notes:
            self.notes.append(text)


def _status(draft: Draft) -> int:
    found = draft.start[8:11]
    return int(found) if draft.start.startswith(b"SIP/2.0 ") and found.isdigit() else 0


def _tagged(value: bytes, tag: bytes) -> bytes:
    """A From or To value with another tag."""
    at = value.rfind(b">") + 1
    return value[:at] + _TAG.sub(lambda found: found[1] + tag, value[at:], count=1)
