"""What an application server answers, and what it asks for by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parity_case import Case, Requests, Respond, Step
from table_app_server import Answer, Call, Cancel, Without

from seastool.seas.types import ActionType


def answers(make: Requests) -> Iterator[Case]:
    extra = b"X-One: 1\r\nServer: table\r\nContact: <sip:bob@192.0.2.1>\r\nx-two:\r\n  folded\r\n"
    auth = b'WWW-Authenticate: Digest realm="r",nonce="n"\r\n' * 2
    replies: dict[str, tuple[Answer, ...]] = {
        "extra-headers": (Answer(200, headers=extra),),
        "challenge": (Answer(401, b"Unauthorized", headers=auth),),
        "body": (Answer(200, headers=b"Content-Type: text/plain\r\n", body=b"hello\r\n"),),
        "binary-body": (Answer(200, body=bytes(range(256))),),
        "long-body-out": (Answer(200, body=b"0123456789" * 300),),
        "many-headers": (Answer(200, headers=b"X-Many: 0123456789\r\n" * 30),),
        "too-many-headers": (Answer(200, headers=b"X-Many: 0123456789\r\n" * 90),),
        "route-added": (Answer(200, headers=b"Record-Route: <sip:192.0.2.1;lr>\r\n"),),
        "no-reason": (Answer(200, b""),),
        "long-reason": (Answer(200, b"r" * 200),),
        "odd-reason": (Answer(200, 'Käse; "x" <y> %41'.encode()),),
        "no-tag": (Answer(200, tag=None),),
        "other-tags": (Answer(183, tag=b"one"), Answer(200, tag=b"two")),
        "trying": (Answer(100, b"Trying", tag=None), Answer(200)),
        "second-final": (Answer(200), Answer(486)),
        "provisional-after-final": (Answer(486), Answer(180)),
        "wrong-type": (
            Answer(180, type=ActionType.REPLY_FIN),
            Answer(200, type=ActionType.REPLY_PROV),
        ),
        "status-699": (Answer(699),),
        "status-300": (Answer(300, headers=b"Contact: <sip:x@y>, <sip:z@y>\r\n"),),
        "line-feeds-out": (Answer(200, text=b"SIP/2.0 200 OK\nTo: <sip:x@y>;tag=lf\n\n"),),
        "only-to": (Answer(200, text=b"SIP/2.0 202 Only\r\nTo: <sip:x@y>;tag=only\r\n\r\n"),),
        "garbage-out": (Answer(200, text=b"garbage\r\n\r\n"), Answer(200)),
    }
    for name, answers in replies.items():
        for method in ("OPTIONS", "INVITE"):
            case = f"{name}-{method}"
            steps = [make(case, method)]
            if method == "INVITE":
                # To a failure the one, to success the other.
                tag = (answers[0].tag or b"").decode()
                steps += [make(case, "ACK", cseq="1 ACK", to_tag=tag)]
                steps += [make(case, "ACK", cseq="1 ACK", to_tag=tag, branch="2")]
            yield Case(case, steps, {method: answers})
    case = "in-dialog"
    yield Case(case, [make(case, "INFO", to_tag="mine")])
    case = "in-dialog-other-tag"
    yield Case(case, [make(case, "INFO", to_tag="mine")], {"INFO": (Answer(200, tag=b"other"),)})


def own_requests(make: Requests) -> Iterator[Case]:
    """Requests of the application server's: how they go out, and what comes back of them."""
    callee = f"127.0.0.1:{make.ports.callee}"

    def own(case: str, method: str, headers: str = "", uri: str = "", body: str = "") -> Call:
        text = (
            f"{method} {uri or f'sip:carol@{callee}'} SIP/2.0\r\n"
            "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKmine\r\n"
            f'From: "Me" <sip:table@192.0.2.1>;tag=own\r\nTo: <sip:carol@{callee}>\r\n'
            f"Call-ID: {case}@table\r\nCSeq: 7 {method}\r\nMax-Forwards: 70\r\n{headers}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        return Call(text.encode())

    contact = "Contact: <sip:table@192.0.2.1>\r\n"
    route = f"Route: <sip:{callee};lr>\r\n"
    event = "Event: x\r\nSubscription-State: active\r\nX-A: 1\r\nx-b: 2\r\n"
    calls: dict[str, tuple[tuple[str, str, str, str], Sequence[Step]]] = {
        "own-message": (("MESSAGE", "Content-Type: a/b\r\n", "", "hi"), [Respond(200)]),
        "own-options": (("OPTIONS", "", "", ""), [Respond(404)]),
        "own-invite": (("INVITE", contact, "", ""), [Respond(180), Respond(200)]),
        "own-rejected": (("INVITE", contact, "", ""), [Respond(183), Respond(486)]),
        "own-route": (("INFO", route, "sip:carol@192.0.2.77", ""), [Respond(200)]),
        "own-headers": (("NOTIFY", event, "", ""), [Respond(200)]),
        "own-ack": (("ACK", "", "", ""), []),
        "own-without-from-tag": (("INFO", "", "", ""), []),
        "own-with-bad-uri": (("INFO", "", "bad", ""), []),
    }
    for name, (parts, steps) in calls.items():
        call = own(name, *parts)
        if name == "own-without-from-tag":
            call = Call(call.text.replace(b";tag=own", b""))
        fails = int(not steps and name != "own-ack")
        yield Case(name, [make(name), *steps], {"OPTIONS": (Answer(200), call)}, fails)
    name = "own-cancelled"
    call = own(name, "INVITE", contact)
    cancel = Cancel(call.text.replace(b"INVITE", b"CANCEL"), uac_id=2)
    steps = [make(name), Respond(180), Respond(200), Respond(487, of="INVITE")]
    yield Case(name, steps, {"OPTIONS": (Answer(200), call), "180": (cancel,)}, 1)
    for name, text in {
        "alone-request": own("alone-request", "MESSAGE", "Content-Type: a/b\r\n", "", "hi").text,
        "alone-response": b"SIP/2.0 200 Alone\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKa\r\n"
        b"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: alone@table\r\n"
        b"CSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n" % callee.encode(),
    }.items():
        yield Case(name, [make(name)], {"OPTIONS": (Answer(200), Without(text))})
