"""Runs of the application server's side, and of both sides against each other."""

import pytest
from driving import Driven, failures, request, response
from joining import join

from seastool.scenario.running.pacing import Load
from seastool.seas import frames
from seastool.seas.builder import build_event
from seastool.seas.types import EventType

UAC = """\
  - send:
      as: call
      sip: |
        INVITE sip:callee@10.0.0.1 SIP/2.0
        From: <sip:as@b>;tag={{ tag }}
        To: <sip:callee@b>
        Call-ID: {{ call_id }}
        CSeq: {{ cseq }} INVITE
        Content-Length: auto
"""


def res_in(driven: Driven, status: int, label: int = 9, uac_id: int = 1) -> None:
    """A response to a request of the scenario comes."""
    driven.event(response(status), label=label, type=EventType.RES_IN, uac_id=uac_id)


def test_a_call_is_taken():
    driven = Driven("answer", load=Load())
    assert driven.sent == []
    driven.event(request("INVITE"), label=5)
    ringing, answered = driven.sent
    assert (ringing.type, answered.type) == (1, 2)
    assert {(f.hash_index, f.label) for f in driven.sent} == {(7, 5)}
    assert ringing.text.startswith(b"SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP 10.0.0.9:5060;branch=")
    assert b"To: <sip:c@d>;tag=1234567890-1\r\n" in ringing.text
    assert b"Contact: <sip:as@127.0.0.1:5060>\r\n" in answered.text
    head, _, body = answered.text.partition(b"\r\n\r\n")
    assert b"Content-Length: %d" % len(body) in head
    driven.event(request("ACK", to_tag="x"), label=5, flags=frames.E2E_ACK)
    driven.event(request("BYE", to_tag="x"), label=6)
    assert driven.sent[-1].label == 6
    assert driven.result.ok
    assert driven.run.finished


def test_calls_are_told_apart_by_transaction_and_call_id():
    driven = Driven("answer", load=Load(calls=3))
    for i in range(3):
        driven.event(request("INVITE", call_id=f"c{i}"), label=i)
    for i in (2, 0, 1):
        driven.event(request("ACK", call_id=f"c{i}", to_tag="x"), label=i, flags=4)
    for i in (1, 2, 0):
        driven.event(request("BYE", call_id=f"c{i}", to_tag="x"), label=10 + i)
    assert [f.label for f in driven.sent[-3:]] == [11, 12, 10]
    assert driven.result.ok


def test_the_processor_that_an_event_is_for_answers():
    driven = Driven("answer", load=Load(), dialect="kamailio-5.6.3")
    driven.event(request("INVITE"), processor_id=7)
    assert [f.processor_id for f in driven.sent] == [7, 7]


def test_what_is_no_first_frame_begins_no_call():
    driven = Driven("answer", load=Load())
    driven.event(request("OPTIONS"))
    driven.event(request("BYE", to_tag="x"))
    assert driven.result.stray == {"T_REQ_IN": 2}
    assert driven.result.started == 0


def test_more_calls_than_were_asked_for():
    driven = Driven("answer", load=Load(calls=1))
    driven.event(request("INVITE", call_id="1"), label=1)
    driven.event(request("INVITE", call_id="2"), label=2)
    assert driven.result.started == 1
    assert driven.result.stray == {"T_REQ_IN": 1}


def test_no_call_within_the_first_timeout():
    driven = Driven("  - expect: {type: T_REQ_IN, timeout: 3s}", "appserver")
    driven.wait(4)
    assert driven.run.finished
    assert driven.result.notes == ["no call came within 3s"]
    assert not driven.result.ok


def test_requests_of_its_own():
    driven = Driven(
        UAC
        + "  - expect: {type: RES_IN, of: call, where: {sip.status: 180, uac_id: '{{ uac_id }}'}}\n"
        + "  - expect: {type: RES_IN, of: call, where: {sip.status: 200}}\n"
        + "  - send: {ack: call}\n",
        "appserver",
    )
    (invite,) = driven.sent
    assert isinstance(invite, frames.UacReq)
    assert invite.uac_id == 1
    assert b"CSeq: 2 INVITE\r\n" in invite.text  # the proxy would send 1 as 11
    res_in(driven, 180)
    res_in(driven, 200)
    ack = driven.sent[1]
    assert ack.uac_id == 2
    assert ack.text.startswith(b"ACK sip:callee@10.0.0.1 SIP/2.0\r\nFrom: <sip:as@b>;tag=")
    assert b"To: <sip:c@d>;tag=there\r\n" in ack.text
    assert b"CSeq: 2 ACK\r\n" in ack.text
    assert driven.result.ok


def test_a_request_cancelled():
    driven = Driven(
        UAC
        + "  - expect: {type: RES_IN, of: call}\n"
        + "  - send: {cancel: call, as: cancel, spiral: true}\n"
        + "  - expect: {type: RES_IN, of: cancel, where: {sip.status: 200}}\n"
        + "  - expect: {type: RES_IN, of: call, where: {sip.status: 487}}\n",
        "appserver",
    )
    res_in(driven, 180)
    cancel = driven.sent[1]
    assert isinstance(cancel, frames.AcCancel)
    assert (cancel.uac_id, cancel.hash_index, cancel.label, cancel.flags) == (2, 7, 9, 1)
    assert b"CSeq: 2 CANCEL\r\n" in cancel.text
    res_in(driven, 200, label=10, uac_id=2)
    res_in(driven, 487)
    assert driven.result.ok


def test_cancelled_before_any_response():
    driven = Driven(UAC + "  - send: {cancel: call}", "appserver")
    assert failures(driven) == [
        "s.yaml:13:5: call has no transaction yet: none of its responses came"
    ]


def test_failures_and_faked_responses():
    driven = Driven(
        UAC
        + "  - expect: {type: AC_RES_FAIL, of: call, where: {error: 2, reason: From tag missing}}\n"
        + UAC.replace("call\n", "second\n")
        + "  - expect: {type: RES_IN, of: second, where: {status: 408, flags: FAKED_REPLY}}\n",
        "appserver",
    )
    driven.came(frames.AcResFail(uac_id=1, error=2, reason=b"From tag missing"))
    faked = frames.ResIn(
        flags=2,
        protocol=0,
        source_address=b"",
        destination_address=b"",
        source_port=0,
        destination_port=0,
        hash_index=1,
        label=2,
        uac_id=2,
        status=408,
    )
    driven.came(faked)
    assert driven.result.ok


def test_a_cancel_that_comes():
    driven = Driven(
        "  - expect: {type: T_REQ_IN, as: invite}\n  - reply: 180\n"
        "  - expect: {type: T_REQ_IN, of: invite, as: cancel, where: {flags: CANCEL_FOUND}}\n"
        "  - reply: {to: cancel, status: 200}\n  - reply: {to: invite, status: 487}\n"
        "  - expect: {type: T_REQ_IN, of: invite, where: {sip.method: ACK, flags: 0}}",
        "appserver",
    )
    driven.event(request("INVITE"), label=1)
    driven.event(request("CANCEL"), label=2, cancelled=(7, 1))
    assert [(f.label, f.type) for f in driven.sent] == [(1, 1), (2, 2), (1, 2)]
    driven.event(request("ACK"), label=1)
    assert driven.result.ok


def test_stateless_requests_get_stateless_replies():
    driven = Driven(
        "  - expect: {type: SL_REQ_IN, as: m}\n  - reply: {status: 200, reason: fine, to_tag: ''}",
        "appserver",
    )
    driven.event(request("MESSAGE"), type=EventType.SL_REQ_IN)
    (reply,) = driven.sent
    assert isinstance(reply, frames.SlMsg)
    assert reply.text.startswith(b"SIP/2.0 200 fine\r\n")
    assert b"To: <sip:c@d>\r\n" in reply.text


def test_stateless_requests_of_its_own():
    driven = Driven(UAC.replace("as: call", "stateless: true"), "appserver")
    assert isinstance(driven.sent[0], frames.SlMsg)
    assert driven.result.ok


def test_replies_as_texts_and_with_other_types():
    driven = Driven(
        "  - expect: {type: T_REQ_IN, as: m}\n"
        "  - reply: {to: m, sip: 'SIP/2.0 183 {{ m.call_id }}'}\n"
        "  - reply: {to: m, status: 200, type: REPLY_PROV}\n"
        "  - reply: {to: m, status: 200, to_tag: 77, headers: {X-A: '{{ m.method | lower }}'}}",
        "appserver",
    )
    driven.event(request("MESSAGE", call_id="abc"))
    assert [f.type for f in driven.sent] == [1, 1, 2]
    assert driven.sent[0].text == b"SIP/2.0 183 abc\r\n\r\n"
    assert b"To: <sip:c@d>;tag=77\r\n" in driven.sent[2].text
    assert b"X-A: message\r\n" in driven.sent[2].text


def test_encoded_structures_are_looked_at():
    driven = Driven(
        "  - expect:\n      type: T_REQ_IN\n"
        "      where: {'VIA.vias[0].host': 10.0.0.9, FROM.uri.user: /^a$/, CSEQ.number_text: 2}\n"
        "      capture: {who: TO.uri.host}\n"
        "  - log: '{{ who }}'",
        "appserver",
    )
    driven.event(request("MESSAGE"))
    assert driven.logged == ["call 1: d"]


def test_a_broken_message_is_no_match_and_no_crash():
    driven = Driven(
        "  - expect: {type: T_REQ_IN, where: {sip.method: INVITE, Contact: true}}", "appserver"
    )
    whole = build_event(request("INVITE"), driven.endpoint.dialect, type=EventType.T_REQ_IN)
    frame = frames.TReqIn.decode(whole)
    for cut in range(0, len(frame.payload), 7):
        frame.payload = frame.payload[:cut]
        driven.came(frame)
    assert driven.result.started == 0


@pytest.mark.parametrize("dialect", ["openser-1.3.0", "opensips-1.11.11", "kamailio-5.6.3"])
def test_both_sides_of_what_is_built_in(dialect):
    proxy, server = join("uac", "answer", dialect, Load(calls=5, rate=10, concurrency=2))
    assert proxy.result.ok
    assert server.result.ok
    assert server.result.passed == 5


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("options", "{sip.method: OPTIONS}}\n  - reply: 200"),
        ("message", "{sip.method: MESSAGE, sip.body: hello}}\n  - reply: 202"),
        (
            "register",
            "{sip.method: REGISTER, Expires: 3600}}\n"
            "  - reply: {status: 200, headers: {Contact: '<sip:alice@127.0.0.1:5060>'}}\n"
            "  - expect: {type: T_REQ_IN, where: {Expires: 0}}\n  - reply: 200",
        ),
        (
            "cancel",
            "{sip.method: INVITE}, as: invite}\n  - reply: 180\n"
            "  - expect: {type: T_REQ_IN, of: invite, as: cancel}\n"
            "  - reply: {to: cancel, status: 200}\n"
            "  - reply: {to: invite, status: 487}\n  - expect: {type: T_REQ_IN, of: invite}",
        ),
        (
            "reject",
            "{sip.method: INVITE}, as: invite}\n  - reply: 486\n"
            "  - expect: {type: T_REQ_IN, of: invite, where: {sip.method: ACK}}",
        ),
    ],
)
def test_the_others_that_are_built_in(name, steps):
    head = "scenario: x\nrole: appserver\nsteps:\n  - expect: {type: T_REQ_IN, where: "
    proxy, server = join(name, head + steps, load=Load(calls=2))
    assert proxy.result.ok, proxy.result.failures
    assert server.result.ok, server.result.failures
