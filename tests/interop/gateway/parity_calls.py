"""Calls, and requests of all methods, as they should be."""

from __future__ import annotations

from collections.abc import Iterator

from parity_case import ANSWERED, Case, Requests
from table_app_server import Answer

SDP = b"v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"


def calls(make: Requests) -> Iterator[Case]:
    def invite(name: str, **options: object) -> bytes:
        return make(
            name, "INVITE", headers="Content-Type: application/sdp\r\n", body=SDP, **options
        )

    def ack(name: str, **options: object) -> bytes:
        options = {"cseq": "1 ACK", "to_tag": ANSWERED, **options}
        return make(name, "ACK", **options)

    def bye(name: str, **options: object) -> bytes:
        return make(name, "BYE", branch="3", cseq="2 BYE", to_tag=ANSWERED, **options)

    rings = {"INVITE": (Answer(180, b"Ringing"),)}
    busy = {"INVITE": (Answer(486, b"Busy Here"),)}
    name = "answered"
    yield Case(name, [invite(name), ack(name, branch="2"), bye(name)])
    name = "acknowledged-with-the-branch-of-the-invite"
    yield Case(name, [invite(name), ack(name), bye(name)])
    name = "acknowledged-twice"
    yield Case(name, [invite(name), ack(name, branch="2"), ack(name, branch="2")])
    name = "acknowledged-by-another-branch-each"
    yield Case(name, [invite(name), ack(name, branch="2"), ack(name, branch="4")])
    name = "acknowledged-with-another-tag"
    yield Case(name, [invite(name), ack(name, branch="2", to_tag="strange"), ack(name, branch="3")])
    name = "rejected"
    yield Case(name, [invite(name), ack(name)], busy)
    name = "rejected-and-acknowledged-twice"
    yield Case(name, [invite(name), ack(name), ack(name)], busy)
    name = "repeated-before-it-is-answered"
    cancel = make(name, "CANCEL")
    yield Case(name, [invite(name), invite(name), cancel, ack(name)], rings)
    name = "repeated-when-rejected"
    yield Case(name, [invite(name), invite(name), ack(name), invite(name)], busy)
    name = "cancelled"
    cancel = make(name, "CANCEL")
    yield Case(name, [invite(name), cancel, ack(name)], rings)
    name = "cancelled-twice"
    cancel = make(name, "CANCEL")
    yield Case(name, [invite(name), cancel, cancel, ack(name)], rings)
    name = "cancelled-when-answered"
    yield Case(name, [invite(name), ack(name, branch="2"), make(name, "CANCEL")])
    name = "cancelled-without-an-invite"
    yield Case(name, [make(name, "CANCEL")])
    name = "cancelled-with-another-branch"
    cancel = make(name, "CANCEL", branch="9")
    yield Case(name, [invite(name), cancel, make(name, "CANCEL"), ack(name)], rings)
    name = "invited-again"
    again = invite(name, branch="4", cseq="2 INVITE", to_tag=ANSWERED)
    second = ack(name, branch="5", cseq="2 ACK")
    yield Case(name, [invite(name), ack(name, branch="2"), again, second])
    name = "acknowledged-without-an-invite"
    yield Case(name, [ack(name)])
    name = "ended-without-a-call"
    yield Case(name, [bye(name)])
    name = "no-branch"
    old = ((f";branch=z9hG4bK-{name}-1", ""),)
    yield Case(name, [invite(name, replacing=old), ack(name, replacing=old)], busy)


def methods(make: Requests) -> Iterator[Case]:
    contacts = (
        'Contact: "Bob" <sip:bob@192.0.2.1;transport=tcp>;q=0.5;expires=60, sip:bob@192.0.2.2\r\n'
        'm: <sip:bob@[2001:db8::1]:5070>;methods="INVITE,BYE"\r\nExpires: 600\r\n'
    )
    yield Case("register", [make("register", "REGISTER", headers=contacts)])
    star = "Contact: *\r\nExpires: 0\r\n"
    gone = (f"Contact: <sip:alice@127.0.0.1:{make.ports.caller}>\r\n", "")
    yield Case("unregister", [make("unregister", "REGISTER", headers=star, replacing=[gone])])
    text = "Content-Type: text/plain;charset=utf-8\r\n"
    yield Case("message", [make("message", "MESSAGE", headers=text, body="Grüße\r\n".encode())])
    event = "Event: presence;id=1\r\nAccept: application/pidf+xml\r\nExpires: 3600\r\n"
    yield Case("subscribe", [make("subscribe", "SUBSCRIBE", headers=event)])
    others = "PUBLISH NOTIFY INFO UPDATE REFER PRACK FOO invite Register"
    for number, method in enumerate(others.split()):
        name = f"method-{number}-{method}"
        yield Case(name, [make(name, method)])
    name = "supported"
    many = "Allow: INVITE, ACK,BYE\r\nSupported: 100rel,timer\r\nk: replaces\r\nRequire: x\r\n"
    many += "Session-Expires: 90;refresher=uac\r\nUser-Agent: me\r\nSubject: hello\r\nDate: now\r\n"
    yield Case(name, [make(name, headers=many)])
    name = "credentials"
    digest = 'Digest username="a",realm="r",nonce="n",uri="sip:x",response="0123",qop=auth,nc=1'
    headers = f"Authorization: {digest}\r\nProxy-Authorization: {digest}\r\n"
    yield Case(name, [make(name, headers=headers)])
