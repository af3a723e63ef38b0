"""Runs of the proxy's side: what is sent, what is expected, how it fails."""

import pytest
from driving import Driven, failures, request
from memory_endpoints import MemoryAppServer, digits

from seastool.errors import LocalProtocolError
from seastool.scenario.endpoint import Refusal
from seastool.scenario.loader import load_scenario
from seastool.scenario.operations.expecting import MAX_INBOX
from seastool.scenario.running.pacing import Load
from seastool.scenario.running.run import ScenarioRun
from seastool.seas import frames
from seastool.seas.types import Socket

INVITE = """\
  - send:
      as: invite
      sip: |
        INVITE sip:bob@example.com SIP/2.0
        Via: SIP/2.0/UDP {{ source }};branch={{ branch }}
        From: <sip:alice@example.com>;tag={{ tag }}
        To: <sip:bob@example.com>
        Call-ID: {{ call_id }}
        CSeq: {{ cseq }} INVITE
        Content-Length: auto
"""
OPTIONS = INVITE.replace("INVITE", "OPTIONS").replace("invite", "options")


def test_a_whole_call():
    driven = Driven("uac")
    assert [type(f) for f in driven.sent] == [frames.TReqIn]
    driven.reply(180)
    driven.reply(200)
    ack, bye = driven.sent[1:]
    assert (ack.hash_index, ack.label) == (driven.sent[0].hash_index, driven.sent[0].label)
    assert ack.flags == frames.E2E_ACK
    assert b"To: <sip:bob@example.com>;tag=there" in bye.payload
    driven.reply(200)
    assert driven.run.finished
    assert driven.result.ok
    assert [wait.times.count for wait in driven.result.waits] == [1, 1, 1]


def test_optional_replies_may_be_missing_or_come_more_often():
    driven = Driven("uac")
    driven.reply(200)
    driven.reply(200)
    assert driven.result.ok
    driven = Driven("uac")
    for status in (100, 180, 183, 180):
        driven.reply(status)
    driven.reply(200)
    driven.reply(200)
    assert driven.result.ok


def test_what_is_not_expected_fails_with_all_that_was_wrong():
    driven = Driven("uac")
    driven.reply(486)
    (failure,) = driven.result.failures
    assert failure.place.startswith("uac.yaml:")
    assert failure.step == "expect REPLY_PROV or REPLY_FIN 200 of invite"
    wrong = [(c.field, c.expected, c.got) for c in failure.comparisons if not c.holds]
    assert wrong == [("sip.status", "200", "486")]
    assert failure.frame is not None
    assert failure.frame.type == "REPLY_FIN"
    assert not driven.result.ok
    assert driven.run.finished


def test_nothing_within_the_timeout():
    driven = Driven(INVITE + "  - expect: {type: REPLY_FIN, timeout: 2s}")
    driven.wait(1.9)
    assert not driven.run.finished
    driven.wait(0.1)
    assert failures(driven) == ["s.yaml:14:5: nothing came within 2s"]


def test_the_scenarios_timeout():
    driven = Driven("timeout: 500ms\n" + "scenario: x\nrole: openser\nsteps:\n  - expect: UAC_REQ")
    driven.wait(1)
    assert driven.run.get_timer() is None  # a passive run waits for its first call


def test_delay_keeps_frames_for_later():
    driven = Driven(INVITE + "  - delay: 1s\n  - expect: REPLY_PROV\n  - expect: REPLY_FIN")
    driven.reply(180)
    driven.reply(200)
    assert driven.run.running == 1
    driven.wait(1)
    assert driven.result.ok
    assert driven.result.waits[0].times.longest == 0


def test_reply_times_count_from_the_request():
    driven = Driven(INVITE + "  - expect: REPLY_FIN")
    driven.wait(0.25)
    driven.reply(200)
    assert driven.result.waits[0].times.longest == pytest.approx(0.25)


def test_frames_of_other_transactions_wait():
    steps = f"{INVITE}{OPTIONS}  - expect: {{type: REPLY_FIN, of: invite}}\n"
    driven = Driven(steps + "  - expect: {type: REPLY_FIN, of: options}")
    driven.reply(200, to=1)
    driven.reply(200, to=0)
    assert driven.result.ok


def test_without_a_transaction_the_next_frame_counts():
    driven = Driven(f"{INVITE}{OPTIONS}  - expect: REPLY_PROV")
    driven.reply(200, to=1)
    assert failures(driven) == ["s.yaml:24:5: REPLY_FIN came"]


def test_what_nobody_asked_for_fails_the_call():
    driven = Driven(f"{INVITE}  - delay: 1s")
    driven.reply(200)
    driven.wait(1)
    assert failures(driven) == ["s.yaml:14:5: REPLY_FIN came, and no step asked for it"]


def test_unless_it_is_to_be_ignored():
    text = f"scenario: x\nrole: openser\nunexpected: ignore\nsteps:\n{INVITE}  - expect: REPLY_FIN"
    driven = Driven(text)
    driven.reply(180)
    driven.reply(200)
    assert driven.result.ok
    assert driven.result.ignored == 1


def test_alternatives():
    steps = INVITE + (
        "  - expect:\n      any_of:\n"
        "        - {type: REPLY_FIN, where: {sip.status: 200}, capture: {how: sip.reason}}\n"
        "        - {type: REPLY_FIN, where: {sip.status: '>= 400'}, capture: {how: sip.status}}\n"
        "  - log: '{{ how }}'"
    )
    driven = Driven(steps)
    driven.reply(404)
    assert driven.logged == ["call 1: 404"]
    assert driven.result.ok


def test_what_must_not_come():
    steps = INVITE + "  - expect: {not: {type: REPLY_FIN, where: {sip.status: 200}}, timeout: 1s}\n"
    driven = Driven(steps + "  - expect: REPLY_FIN")
    driven.reply(486)
    driven.wait(1)
    assert driven.result.ok
    driven = Driven(steps)
    driven.reply(200)
    assert failures(driven) == ["s.yaml:14:5: REPLY_FIN came, which must not"]


def test_captures_and_assertions():
    steps = INVITE + (
        "  - expect: {type: REPLY_FIN, capture: {code: sip.status, who: 'To /sip:(.*)@/'}}\n"
        "  - assert: code == 200 and who == 'c' and invite.to_tag == 'there'\n"
        "  - assert: code < 200\n"
    )
    driven = Driven(steps)
    driven.reply(200)
    assert failures(driven) == ["s.yaml:16:5: does not hold: code < 200, code is '200'"]


def test_an_empty_capture_fails_with_the_frame():
    driven = Driven(INVITE + "  - expect: {type: REPLY_FIN, capture: {where: Contact}}")
    driven.reply(200)
    assert failures(driven) == ["s.yaml:14:5: capture where: Contact is not there"]
    assert driven.result.failures[0].frame is not None


def test_ack_and_cancel_are_made_from_the_transaction():
    driven = Driven(
        INVITE
        + "  - send: {cancel: invite, as: cancel}\n"
        + "  - expect: {type: REPLY_FIN, of: cancel}\n  - expect: {type: REPLY_FIN, of: invite}\n"
        + "  - send: {ack: invite}"
    )
    invite, cancel = driven.sent
    assert (cancel.cancelled_hash_index, cancel.cancelled_label) == (
        invite.hash_index,
        invite.label,
    )
    driven.reply(200, to=1)
    driven.reply(487, to=0)
    ack = driven.sent[-1]
    assert b"ACK sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;" in ack.payload
    assert b"To: <sip:c@d>;tag=there\r\n" in ack.payload
    assert (ack.hash_index, ack.label) == (invite.hash_index, invite.label)
    assert driven.result.ok


def test_the_ack_of_a_2xx_goes_to_the_contact():
    steps = INVITE + "  - expect: REPLY_FIN\n  - send: {ack: invite}"
    driven = Driven(steps)
    driven.reply(200, more="Contact: <sip:as@10.0.0.1:5090>;x=1\r\nRecord-Route: <sip:p1>")
    ack = driven.sent[-1].payload
    assert b"ACK sip:as@10.0.0.1:5090 SIP/2.0\r\n" in ack
    assert b"Route: <sip:p1>\r\n" in ack
    assert ack.count(b"branch=z9hG4bK-1234567890-1-2") == 1


def test_a_refused_request_fails():
    driven = Driven("  - send: {sip: 'OPTIONS sip:a@b SIP/2.0'}")
    (failure,) = driven.result.failures
    assert failure.message.startswith("the proxy does not pass it on: ")


def test_requests_of_the_application_server_are_responded_to():
    driven = Driven(
        "  - expect: {type: UAC_REQ, as: call, where: {sip.method: INVITE}}\n"
        "  - reply: {to: call, status: 180}\n"
        "  - reply: {to: call, status: 200, headers: {Contact: '<sip:there@d>'}}\n"
        "  - expect: {type: UAC_REQ, where: {sip.method: ACK}}\n"
        "  - expect: {type: UAC_REQ, as: bye, where: {sip.method: BYE}}\n"
        "  - send: {respond: {to: bye, faked: true}}\n"
    )
    for uac_id, method in enumerate(("INVITE", "ACK", "BYE"), 70):
        driven.came(frames.UacReq(uac_id=uac_id, text=request(method, to_tag="t" * (uac_id > 70))))
    ringing, answered, faked = driven.sent
    assert [f.uac_id for f in driven.sent] == [70, 70, 72]
    assert (ringing.status, answered.status, faked.status) == (180, 200, 408)
    assert faked.flags == frames.FAKED_REPLY
    assert b"To: <sip:c@d>;tag=1234567890-1\r\n" in ringing.payload
    assert b"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=" in ringing.payload
    assert b"10.0.0.9" not in ringing.payload
    assert driven.result.ok


def test_a_cancelled_request_of_the_application_server():
    driven = Driven(
        "  - expect: {type: UAC_REQ, as: call}\n"
        "  - reply: 180 Ringing\n"
        "  - expect: {type: AC_CANCEL, of: call, as: cancel}\n"
        "  - reply: 200\n"
        "  - reply: {to: call, status: 487}\n"
    )
    driven.came(frames.UacReq(uac_id=5, text=request("INVITE")))
    ringing = driven.sent[0]
    driven.came(
        frames.AcCancel(
            uac_id=6,
            hash_index=ringing.hash_index,
            label=ringing.label,
            text=request("CANCEL"),
        )
    )
    assert [(f.uac_id, f.status) for f in driven.sent] == [(5, 180), (6, 200), (5, 487)]
    assert driven.result.ok


def test_stateless_messages():
    driven = Driven(
        OPTIONS.replace("as: options", "stateless: true")
        + "  - expect: {type: SL_MSG, where: {sip.status: 200}}"
    )
    assert isinstance(driven.sent[0], frames.SlReqIn)
    text = b"SIP/2.0 200 OK\r\nCall-ID: 1-1234567890@seastool\r\n\r\n"
    driven.came(frames.SlMsg(text=text))
    assert driven.result.ok


def test_frames_by_type_and_fields_and_bytes():
    driven = Driven(
        "  - send: {frame: {type: PING, sequence: 7, processor_id: 255}}\n"
        "  - send: {frame: {type: RES_IN, flags: FAKED_REPLY, protocol: 0, source_address: '',"
        " destination_address: '', source_port: 0, destination_port: 0, hash_index: 0x10,"
        " label: '{{ counter }}', uac_id: 3, status: 408}}\n"
        "  - send: {frame: {type: AC_RES_FAIL, uac_id: 3, error: -1, reason: 'no {{ counter }}'}}\n"
        "  - send: {frame: {type: type 99}, socket: action}\n"
        "  - send: {hex: '00 00 00 04', socket: event}\n"
    )
    ping, faked, failure = driven.sent
    assert (ping.sequence, ping.processor_id) == (7, 255)
    assert (faked.hash_index, faked.label, faked.flags) == (16, 1, frames.FAKED_REPLY)
    assert (failure.error, failure.reason) == (-1, b"no 1")
    assert driven.endpoint.raw == [
        (Socket.ACTION, bytes.fromhex("0000000a 63 00 00000000")),
        (Socket.EVENT, bytes.fromhex("00000004")),
    ]
    assert driven.result.ok


def test_an_event_by_its_fields_is_encoded_like_the_servers():
    text = "OPTIONS sip:b@c SIP/2.0\\nVia: SIP/2.0/UDP h;branch=z\\nFrom: <sip:a@b>\\nTo: <sip:a@b>"
    driven = Driven(
        "  - send: {frame: {type: SL_REQ_IN, protocol: 1, source_address: 10.0.0.1,"
        " destination_address: '::1', source_port: 1, destination_port: 2,"
        f' sip: "{text}\\nCall-ID: x\\nCSeq: 1 OPTIONS"}}}}'
    )
    (event,) = driven.sent
    assert event.source_address == bytes((10, 0, 0, 1))
    assert event.destination_address == bytes(15) + b"\x01"
    assert b"CSeq: 1 OPTIONS\r\n\r\n" in event.payload


def test_where_a_request_came_in():
    driven = Driven(
        "scenario: x\nrole: openser\nreceive: {source: '10.0.0.1:6000'}\nvariables: {p: 5070}\n"
        "steps:\n"
        + INVITE
        + OPTIONS
        + "      receive: {transport: tcp, destination: '[::1]:{{ p }}'}\n      processor_id: 9"
    )
    first, second = driven.sent
    assert (first.source_address, first.source_port) == (bytes((10, 0, 0, 1)), 6000)
    assert b"Via: SIP/2.0/UDP 10.0.0.1:6000;" in first.payload
    assert (second.protocol, second.destination_port, second.processor_id) == (2, 5070, 9)


def test_loops():
    driven = Driven(
        "  - repeat:\n      count: 3\n      counter: i\n      steps:\n"
        "        - log: round {{ i }}\n"
        "        - repeat: {count: 2, steps: [{log: '  inner'}]}\n"
    )
    assert driven.logged == [
        f"call 1: {text}" for i in (1, 2, 3) for text in (f"round {i}", "  inner", "  inner")
    ]


def test_a_loop_with_a_condition():
    driven = Driven(
        "scenario: x\nrole: openser\nvariables: {code: 0}\nsteps:\n"
        "  - repeat:\n      count: 10\n      while: code != 200\n      steps:\n"
        + "".join(f"      {line}\n" for line in OPTIONS.splitlines())
        + "        - expect: {type: REPLY_FIN, capture: {code: sip.status}}\n"
    )
    for status in (503, 503, 200):
        driven.reply(status)
    assert len(driven.sent) == 3
    cseqs = [f.payload.partition(b"CSeq: ")[2][:1] for f in driven.sent]
    assert cseqs == [b"1", b"2", b"3"]
    assert driven.result.ok


def test_an_endless_loop_ends():
    driven = Driven("  - repeat: {while: counter == 1, steps: [{assert: counter == 1}]}")
    assert failures(driven)[0].endswith("steps without waiting for anything")


def test_faults_are_switched():
    driven = Driven(
        "scenario: x\nrole: openser\nfaults: [slice=1]\nsteps:\n"
        "  - fault: drop=0.5@T_REQ_IN\n  - fault: {stop: [drop, slice], start: delay=10ms}"
    )
    told = ["+slice=1", "+drop=0.5@T_REQ_IN", "-drop", "-slice", "+delay=10ms"]
    assert driven.endpoint.faults == told


@pytest.mark.parametrize(
    ("end", "ok"), [("pass", True), ("fail", False), ("{fail: 'no {{ counter }}'}", False)]
)
def test_the_end(end, ok):
    driven = Driven(f"  - end: {end}\n  - assert: counter == 2")
    assert driven.result.ok is ok
    if "no" in end:
        assert failures(driven) == ["s.yaml:4:5: no 1"]


def test_a_value_that_is_not_there_yet_fails_the_call():
    steps = INVITE + (
        "  - expect: {type: REPLY_PROV, optional: true, capture: {a: To}}\n"
        "  - expect: REPLY_FIN\n  - log: '{{ a }}'"
    )
    driven = Driven(steps)
    driven.reply(200)
    assert failures(driven) == ["s.yaml:16:5: the variable a has no value yet"]


def test_pings_and_binds_concern_no_call():
    driven = Driven(f"{INVITE}  - expect: REPLY_FIN")
    driven.came(frames.JainPong(sequence=1))
    driven.came(frames.Unbind(processor_id=1))
    driven.reply(200)
    assert driven.result.ok
    assert not driven.result.stray


def test_unless_a_step_wants_them():
    driven = Driven(
        "  - send: {frame: {type: PING, sequence: 3}}\n"
        "  - expect: {type: JAIN_PONG, where: {sequence: 3}, timeout: 1s}"
    )
    driven.came(frames.JainPong(sequence=2))
    assert driven.run.running == 1
    driven.came(frames.JainPong(sequence=3))
    assert driven.result.ok


def test_frames_of_no_call_are_counted():
    driven = Driven(f"{INVITE}  - expect: REPLY_FIN")
    text = b"SIP/2.0 200 OK\r\nCall-ID: other\r\n\r\n"
    driven.came(frames.Reply(hash_index=1, label=99, text=text))
    driven.came(frames.UacReq(uac_id=1, text=b"BYE sip:a@b SIP/2.0\r\nCall-ID: other\r\n\r\n"))
    assert driven.result.stray == {"REPLY_FIN": 1, "UAC_REQ": 1}
    assert driven.run.running == 1


def test_an_automatic_length_of_zero_is_left_out_where_the_server_chokes_on_it():
    driven = Driven(f"{OPTIONS}  - expect: REPLY_FIN", dialect="kamailio-5.6.3")
    assert b"Content-Length" not in driven.sent[0].payload
    driven = Driven(f"{OPTIONS}  - expect: REPLY_FIN", dialect="opensips-2.1")
    assert b"Content-Length: 0\r\n" in driven.sent[0].payload


def test_the_endpoint_must_play_the_role():
    with pytest.raises(LocalProtocolError, match="plays openser"):
        ScenarioRun(load_scenario("uac"), MemoryAppServer(), digits)


SERVERS_CALL = """\
  - send:
      sip: |
        OPTIONS sip:{{ counter }}@example.com SIP/2.0
        Via: SIP/2.0/UDP {{ source }};branch={{ branch }}
        From: <sip:alice@example.com>;tag={{ tag }}
        To: <sip:bob@example.com>
        Call-ID: {{ call_id }}
        CSeq: 1 OPTIONS
  - expect: {type: UAC_REQ, as: call, where: {X-Call: "{{ counter }}"}}
  - expect: {type: UAC_REQ, where: {sip.method: BYE}}
"""


def uac(method: str, call: int, **parts: str) -> frames.UacReq:
    text = request(method, call_id=f"own-{call}", more=f"X-Call: {call}", **parts)
    return frames.UacReq(uac_id=call * 10 + len(method), text=text)


def test_new_requests_go_to_the_call_that_wants_them_and_the_rest_follows():
    driven = Driven(SERVERS_CALL, load=Load(calls=3))
    for call in (2, 3, 1):
        driven.came(uac("INVITE", call))
    for call in (1, 3, 2):
        driven.came(uac("BYE", call, to_tag="t"))
    assert driven.result.ok, driven.result.failures


def test_a_request_inside_a_dialog_that_nobody_knows_is_nobodys():
    driven = Driven(SERVERS_CALL.replace('{{ counter }}"}', '1"}'), load=Load(calls=2))
    driven.came(uac("INVITE", 1, to_tag="t"))
    assert driven.result.stray == {"UAC_REQ": 1}
    assert driven.run.running == 2


def test_frames_that_wait_are_bounded():
    driven = Driven(f"{INVITE}{OPTIONS}  - expect: {{type: REPLY_FIN, of: invite}}")
    for _ in range(MAX_INBOX + 1):
        driven.reply(180, to=1)
    assert failures(driven)[0].endswith("frames wait that no step has asked for")


def test_a_late_frame_of_a_call_that_is_over():
    driven = Driven("options")
    driven.reply(200)
    driven.reply(200)
    assert driven.result.ok
    assert driven.result.stray == {"REPLY_FIN": 1}


def test_a_server_that_passes_no_ack_on_fails_no_call(monkeypatch):
    driven = Driven(INVITE + "  - expect: REPLY_FIN\n  - send: {ack: invite}")
    monkeypatch.setattr(driven.endpoint, "request", lambda *a, **k: Refusal("not passed on"))
    driven.reply(200)
    assert driven.result.ok
    assert driven.logged == ["call 1: the proxy does not pass the ACK on: not passed on"]
