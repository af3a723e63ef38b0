"""Requests that are written otherwise than usual, and some that are wrong."""

from __future__ import annotations

from collections.abc import Iterator

from parity_case import Case, Requests
from table_app_server import Answer

VIAS = (";rport", ";rport=1", ";received=192.0.2.7", ";alias;x=y;ttl=1", ";rport;x=y", "  ", " ;x ")


def spellings(make: Requests) -> Iterator[Case]:
    def name_of(old: str, new: str) -> tuple[str, str]:
        return f"\r\n{old}:", f"\r\n{new}"

    compact = [("Via", "v:"), ("From", "f:"), ("To", "t:"), ("Call-ID", "i:"), ("Contact", "m:")]
    odd = [("Via", "VIA :"), ("From", "fRoM\t:"), ("To", "to:"), ("Call-ID", "CALL-ID:")]
    folded = [("From", "From:\r\n "), ("To", "To:\r\n\t"), ("CSeq", "CSeq:\r\n  ")]
    for name, words in {"compact": compact, "odd-case": odd, "folded": folded}.items():
        for method in ("OPTIONS", "INVITE"):
            case = f"{name}-{method}"
            sent = make(case, method, replacing=[name_of(*word) for word in words])
            yield Case(case, [sent], {"INVITE": (Answer(180),)})
    cseq = ("CSeq: 1 OPTIONS", "CSeq:   00001   OPTIONS  ")
    yield Case("blanks-in-cseq", [make("blanks-in-cseq", replacing=[cseq])])
    yield Case("line-feeds", [make("line-feeds").replace(b"\r\n", b"\n")])
    yield Case("empty-lines-before", [b"\r\n\r\n" + make("empty-lines-before")])
    name = "display-names"
    quoted = [("From: ", 'From: "A \\"B\\" <c>" '), ("To: ", "To: Bob Bo ")]
    yield Case(name, [make(name, replacing=quoted)])
    name = "no-brackets"
    target = make.ports.sip
    bare = [(f"To: <sip:bob@127.0.0.1:{target}>", "To: sip:bob@example.com;x=1")]
    yield Case(name, [make(name, replacing=bare)])
    uris = {
        "uri-parameters": "sip:bob;a=1@example.com:5070;transport=udp;lr;maddr=192.0.2.1?Subject=x",
        "uri-tel": "tel:+34-93;phone-context=es",
        "uri-sips": "sips:bob:secret@example.com",
        "uri-v6": "sip:[2001:db8::1]:5061",
        "uri-no-user": "sip:example.com",
        "uri-upper": "SIP:BOB@EXAMPLE.COM",
        "uri-unknown": "urn:service:sos",
    }
    for name, uri in uris.items():
        yield Case(name, [make(name, uri=uri)])
    for name, value in {"hops-0": "0", "hops-1": "1", "hops-300": "300", "hops-x": "x"}.items():
        change = ("Max-Forwards: 70", f"Max-Forwards: {value}")
        yield Case(name, [make(name, replacing=[change])])
    name = "no-hops"
    yield Case(name, [make(name, replacing=[("Max-Forwards: 70\r\n", "")])])
    for size in (100, 255, 256, 300, 2000):
        name = f"long-header-{size}"
        yield Case(name, [make(name, headers=f"X-Long: {'x' * size}\r\n")])
    name = "long-body"
    body = bytes(range(256)) * 8
    yield Case(name, [make(name, "MESSAGE", headers="Content-Type: a/b\r\n", body=body)])


def vias(make: Requests) -> Iterator[Case]:
    many = ", ".join(f"SIP/2.0/UDP h{n}.example.com;branch=z9hG4bK{n}" for n in range(5))
    lines = "".join(f"v: SIP/2.0/TCP 192.0.2.{n};received=192.0.2.9\r\n" for n in range(1, 8))
    for method in ("OPTIONS", "INVITE"):
        name = f"vias-{method}"
        sent = make(name, method, via=f", {many}", headers=lines)
        yield Case(name, [sent], {"INVITE": (Answer(180), Answer(486))})
        name = f"routes-{method}"
        headers = "Record-Route: <sip:192.0.2.1;lr>, <sip:192.0.2.2;lr=on>\r\n"
        headers += "Record-Route: <sip:192.0.2.3;lr;ftag=1>\r\nRoute: <sip:192.0.2.4;lr>\r\n"
        answer = Answer(200, headers=b"Record-Route: <sip:192.0.2.9;lr>\r\n" * 3)
        yield Case(name, [make(name, method, headers=headers)], {method: (Answer(180), answer)})
    for number, via in enumerate(VIAS):
        name = f"via-{number}"
        yield Case(name, [make(name, via=via)])
    here = f"127.0.0.1:{make.ports.caller}"
    name = "via-localhost"
    yield Case(
        name, [make(name, replacing=[(f"UDP {here}", f"UDP host.invalid:{make.ports.caller}")])]
    )
    strange = ("strange.invalid", ";rport;x=y", ";x=y", ";x=y;rport", ";received=1.2.3.4;x=y", " ")
    for number, via in enumerate(strange[1:]):
        name = f"via-of-a-name-{number}"
        host = (f"UDP {here}", f"UDP {strange[0]}:{make.ports.caller}")
        yield Case(name, [make(name, via=via, replacing=[host])])
    name = "via-v6"
    yield Case(name, [make(name, replacing=[(f"UDP {here}", f"UDP [::1]:{make.ports.caller}")])])
    name = "via-blanks"
    spaced = ("Via: SIP/2.0/UDP ", "Via: SIP / 2.0 / UDP   ")
    yield Case(name, [make(name, replacing=[spaced])])


def refused(make: Requests) -> Iterator[Case]:
    yield Case("zero-length", [make("zero-length", headers="Content-Length: 0\r\n")])
    invite = make("zero-length-invite", "INVITE", headers="l: 0\r\n")
    yield Case("zero-length-invite", [invite, make("zero-length-invite", "ACK", cseq="1 ACK")])
    for name, value in {"length-more": "50", "length-less": "2", "length-minus": "-1"}.items():
        sent = make(name, "MESSAGE", headers=f"Content-Length: {value}\r\n")
        yield Case(name, [sent + b"hello"])
    port, here = make.ports.sip, make.ports.caller
    without = {
        "no-via": f"Via: SIP/2.0/UDP 127.0.0.1:{here};branch=z9hG4bK-no-via-1\r\n",
        "no-from": f"From: <sip:alice@127.0.0.1:{here}>;tag=from-no-from\r\n",
        "no-to": f"To: <sip:bob@127.0.0.1:{port}>\r\n",
        "no-call-id": "Call-ID: no-call-id@parity\r\n",
        "no-cseq": "CSeq: 1 OPTIONS\r\n",
    }
    for name, line in without.items():
        yield Case(name, [make(name, replacing=[(line, "")])])
    changes = {
        "no-from-tag": (";tag=from-no-from-tag", ""),
        "other-method-in-cseq": ("1 OPTIONS", "1 INVITE"),
        "cseq-too-big": ("1 OPTIONS", "4294967296 OPTIONS"),
        "cseq-biggest": ("1 OPTIONS", "4294967295 OPTIONS"),
        "cseq-minus": ("1 OPTIONS", "-1 OPTIONS"),
        "version-3": (" SIP/2.0\r\nVia", " SIP/3.0\r\nVia"),
        "version-lower": (" SIP/2.0\r\nVia", " sip/2.0\r\nVia"),
        "no-version": (" SIP/2.0\r\nVia", "\r\nVia"),
        "bad-to": ("To: <sip:bob", 'To: "<sip:bob'),
        "bad-contact": ("Contact: <sip:alice", "Contact: <<alice"),
        "bad-uri": (f"sip:bob@127.0.0.1:{port} SIP", "bob SIP"),
        "no-colon": ("Max-Forwards: 70", "Max-Forwards 70"),
    }
    for name, change in changes.items():
        yield Case(name, [make(name, replacing=[change])])
    yield Case("headers-only", [make("headers-only").removesuffix(b"\r\n")])
    yield Case("cut-short", [make("cut-short")[:150]])
    yield Case("garbage", [b"garbage", b"\0" * 40, b"\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n"])
    name = "stray-response"
    yield Case(name, [make(name).replace(b"OPTIONS sip:bob", b"SIP/2.0 200 sip:bob")])
