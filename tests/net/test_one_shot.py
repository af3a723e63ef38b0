"""One action and what comes back, without sockets: the endpoint is a list, the clock a number."""

from __future__ import annotations

import re

import pytest

from seastool.net.app_endpoint import Options
from seastool.net.one_action import OneAction
from seastool.net.one_request import GRACE, LINGER, OneRequest, Plan
from seastool.net.one_shot import Verdict
from seastool.net.request_draft import RequestDraft, RequestText
from seastool.seas.builder import build_event
from seastool.seas.codec import decode_frame
from seastool.seas.connection.app_server_events import Ready
from seastool.seas.dialects import lookup
from seastool.seas.frames import (
    FAKED_REPLY,
    SPIRAL,
    AcCancel,
    AcResFail,
    Reply,
    ResIn,
    SlMsg,
    UacReq,
)
from seastool.seas.handshake import ListeningSocket, SocketInfo
from seastool.seas.openser import usable
from seastool.seas.types import Direction, EventType, Socket
from seastool.sip.reply import respond

KAMAILIO = usable("kamailio").dialect  # without the faults that would refuse our texts
SIP = ListeningSocket(protocol=1, name=b"10.0.0.1", address=b"10.0.0.1", port=5060)
CONTACT = b"Contact: <sip:bob@192.0.2.7:5070>\r\n"
ROUTES = b"Record-Route: <sip:p2;lr>\r\nRecord-Route: <sip:p1;lr>\r\n"
OPTIONS = RequestDraft(method="OPTIONS", uri="sip:bob@example.com")
INVITE = RequestDraft(method="INVITE", uri="sip:bob@example.com", from_="sip:alice@example.com")
TEXT = (
    b"INVITE sip:bob@example.com SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n"
    b"f: <sip:alice@example.com>;tag=mine\r\nTo:   <sip:bob@example.com>\r\n"
    b"i: the-call\r\nCSeq: 7 INVITE\r\nX-Own: as it is\r\nContent-Length: 0\r\n\r\n"
)


class Line:
    """An endpoint that only remembers."""

    def __init__(self, **options):
        self.options = Options(name="cli", processor_id=3, **options)
        self.sent = []
        self.told = []
        self.stopped = False
        self.now = 100.0
        self._ids = 0

    def log(self, text):
        self.told.append(text)

    def send(self, action):
        self.sent.append(action)

    def new_id(self):
        self._ids += 1
        return f"{self._ids:016x}"

    def set_timer(self):
        pass

    def stop(self):
        self.stopped = True


class Run:
    """A one-shot on a line, connected."""

    def __init__(self, make, *, ready=True, **options):
        self.line = Line(**options)
        self.shot = make(self.line)
        self.shot.start(self.line.now)
        if ready:
            self.ready()

    def ready(self):
        info = SocketInfo(sockets=[SIP])
        self.shot.ready(Ready(info, []), KAMAILIO, self.line.now)
        self.wait(0)

    def wait(self, seconds):
        """Let time pass, timer by timer."""
        end = self.line.now + seconds
        while not self.line.stopped:
            due = self.shot.get_timer()
            if due is None or due > end:
                break
            self.line.now = max(self.line.now, due)
            self.shot.handle_timer(self.line.now)
        self.line.now = end

    def give(self, frame):
        self.shot.receive(frame, b"", self.line.now)

    def respond(self, status, action=None, *, tag=b"callee", headers=CONTACT):
        """A response to an action of ours, the first unless told."""
        action = action or self.line.sent[0]
        tag = b"" if status == 100 else tag
        text = respond(action.text, status, b"Reason", tag=tag, headers=headers)
        self.give(event(text, type=EventType.RES_IN, uac_id=action.uac_id))

    def fake(self, action=None):
        """A time-out of the proxy's."""
        action = action or self.line.sent[0]
        self.give(ResIn(flags=FAKED_REPLY, uac_id=action.uac_id, status=408, **EMPTY))

    def fail(self, action=None):
        action = action or self.line.sent[0]
        self.give(AcResFail(uac_id=action.uac_id, error=2, reason=b"From tag missing"))

    def request(self, text, label=1):
        self.give(event(text, type=EventType.T_REQ_IN, label=label))

    def texts(self, kind=UacReq):
        return [action.text.decode() for action in self.line.sent if isinstance(action, kind)]

    @property
    def outcome(self):
        return self.shot.outcome

    @property
    def told(self):
        return "\n".join(self.line.told)


EMPTY = {
    "protocol": 0,
    "source_address": b"",
    "destination_address": b"",
    "source_port": 0,
    "destination_port": 0,
    "hash_index": 0,
    "label": 0,
}


def event(text, label=9, **fields):
    data = build_event(text, KAMAILIO, hash_index=5, label=label, **fields)
    return decode_frame(data, Socket.EVENT, Direction.TO_AS)


def requesting(draft, **plan):
    return Run(lambda line: OneRequest(line, draft, Plan(**plan)))


def header(text, name):
    return re.findall(rf"^{name}: *(.*)\r$", text, re.MULTILINE)


# A request without a dialog.


def test_a_request_and_its_200():
    run = requesting(OPTIONS)
    (action,) = run.line.sent
    assert isinstance(action, UacReq)
    assert action.processor_id == 3
    assert action.flags == 0
    text = action.text.decode()
    assert text.startswith("OPTIONS sip:bob@example.com SIP/2.0\r\n")
    assert header(text, "CSeq") == ["2 OPTIONS"]
    assert header(text, "To") == ["<sip:bob@example.com>"]
    assert re.fullmatch(r"<sip:cli@10\.0\.0\.1:5060>;tag=\w+", header(text, "From")[0])
    assert f"uac id {action.uac_id}, Call-ID {header(text, 'Call-ID')[0]}" in run.told
    run.respond(100)
    assert run.outcome is None
    run.respond(200)
    assert run.outcome.verdict is Verdict.DONE
    assert run.outcome.text == "200 Reason"
    assert run.line.stopped


@pytest.mark.parametrize("status", [302, 404, 503, 603])
def test_a_final_response_that_is_no_success(status):
    run = requesting(OPTIONS)
    run.respond(status)
    assert run.outcome.verdict is Verdict.FAILED
    assert run.outcome.text == f"{status} Reason"
    assert run.line.stopped


def test_a_faked_408_is_told_as_such():
    run = requesting(OPTIONS)
    run.fake()
    assert run.outcome.verdict is Verdict.FAILED
    assert "408 Request Timeout, of the proxy's own" in run.outcome.text


def test_a_refusal_of_the_proxy():
    run = requesting(OPTIONS)
    run.fail()
    assert run.outcome.verdict is Verdict.FAILED
    assert run.outcome.text == "the proxy refused it: From tag missing (AC_RES_FAIL 2)"
    assert run.line.stopped


def test_what_is_of_others_changes_nothing():
    run = requesting(OPTIONS)
    other = UacReq(uac_id=run.line.sent[0].uac_id ^ 4, text=run.line.sent[0].text)
    run.respond(200, other)
    run.fail(other)
    assert run.outcome is None
    assert not run.line.stopped


def test_no_final_response():
    run = requesting(OPTIONS, timeout=35.0)
    run.wait(34.9)
    assert not run.line.stopped
    run.wait(0.2)
    assert run.outcome.verdict is Verdict.UNANSWERED
    assert run.outcome.text == "no final response within 35 s, nor any other"
    assert run.line.stopped


def test_all_parts_of_a_request():
    draft = RequestDraft(
        method="NOTIFY",
        uri="sip:bob@example.com",
        from_='"A" <sip:a@example.com>;tag=mine',
        to="<sip:b@example.com>;tag=yours",
        call_id="known@host",
        cseq=41,
        headers=[("Event", "x"), ("Route", "<sip:p1;lr>")],
        body=b"text",
    )
    run = requesting(draft, spiral=True)
    text = run.texts()[0]
    assert run.line.sent[0].flags == SPIRAL
    assert header(text, "From") == ['"A" <sip:a@example.com>;tag=mine']
    assert header(text, "To") == ["<sip:b@example.com>;tag=yours"]
    assert header(text, "Call-ID") == ["known@host"]
    assert header(text, "CSeq") == ["41 NOTIFY"]
    assert header(text, "Route") == ["<sip:p1;lr>"]
    assert header(text, "Content-Type") == ["text/plain"]
    assert text.endswith("Content-Length: 4\r\n\r\ntext")


def test_a_cseq_of_one_is_kept():
    draft = RequestDraft(method="OPTIONS", uri="sip:bob@example.com", cseq=1)
    assert header(requesting(draft).texts()[0], "CSeq") == ["1 OPTIONS"]


def test_what_cannot_be_written_is_told():
    run = requesting(RequestDraft(method="OPTIONS", uri="not a uri"))
    assert run.line.sent == []
    assert run.outcome.verdict is Verdict.FAILED
    assert run.outcome.text.startswith("not sent: ")
    assert run.line.stopped


# Calls.


def test_an_answered_call_is_acknowledged():
    run = requesting(INVITE)
    run.respond(180)
    run.respond(200, headers=CONTACT + ROUTES)
    invite, ack = run.texts()
    assert ack.startswith("ACK sip:bob@192.0.2.7:5070 SIP/2.0\r\n")
    assert header(ack, "CSeq") == ["2 ACK"]
    assert header(ack, "Call-ID") == header(invite, "Call-ID")
    assert header(ack, "From") == header(invite, "From")
    assert header(ack, "To") == ["<sip:bob@example.com>;tag=callee"]
    assert header(ack, "Route") == ["<sip:p1;lr>, <sip:p2;lr>"]
    assert run.line.sent[1].uac_id != run.line.sent[0].uac_id
    assert run.outcome.verdict is Verdict.DONE
    assert "the call is up" in run.told
    assert not run.line.stopped  # the ACK must have left
    run.respond(200, headers=CONTACT + ROUTES)
    assert run.texts() == [invite, ack, ack]
    run.wait(LINGER)
    assert run.line.stopped


def test_a_call_without_its_ack():
    run = requesting(INVITE, ack=False)
    run.respond(200)
    run.wait(LINGER)
    assert len(run.line.sent) == 1
    assert run.outcome.verdict is Verdict.DONE


def test_a_bye_follows():
    run = requesting(INVITE, bye_after=5.0)
    run.respond(200, headers=CONTACT + ROUTES)
    run.wait(4.9)
    assert len(run.line.sent) == 2
    run.wait(0.1)
    invite, _, bye = run.texts()
    assert bye.startswith("BYE sip:bob@192.0.2.7:5070 SIP/2.0\r\n")
    assert header(bye, "CSeq") == ["3 BYE"]
    assert header(bye, "Call-ID") == header(invite, "Call-ID")
    assert header(bye, "From") == header(invite, "From")
    assert header(bye, "To") == ["<sip:bob@example.com>;tag=callee"]
    assert header(bye, "Route") == ["<sip:p1;lr>, <sip:p2;lr>"]
    assert not run.line.stopped
    run.respond(200, run.line.sent[2])
    assert run.line.stopped
    assert run.outcome.verdict is Verdict.DONE


def test_two_callees_get_a_bye_each():
    run = requesting(INVITE, bye_after=1.0)
    run.respond(200, tag=b"one")
    run.respond(200, tag=b"two")
    run.wait(1.0)
    methods = [text.partition(" ")[0] for text in run.texts()]
    assert methods == ["INVITE", "ACK", "ACK", "BYE", "BYE"]
    assert sorted(header(text, "To")[0][-3:] for text in run.texts()[3:]) == ["one", "two"]
    run.respond(200, run.line.sent[3])
    assert not run.line.stopped
    run.respond(200, run.line.sent[4])
    assert run.line.stopped


def test_a_callee_that_answers_behind_the_bye():
    run = requesting(INVITE, bye_after=0.0)
    run.respond(200, tag=b"one")
    run.wait(0)
    run.respond(200, tag=b"two")
    methods = [text.partition(" ")[0] for text in run.texts()]
    assert methods == ["INVITE", "ACK", "BYE", "ACK", "BYE"]
    run.respond(200, run.line.sent[2])
    assert not run.line.stopped
    run.respond(200, run.line.sent[4])
    assert run.line.stopped


@pytest.mark.parametrize("how", ["refused", "faked", "failed", "silent"])
def test_a_bye_that_does_not_end_the_call(how):
    run = requesting(INVITE, bye_after=0.0, timeout=10.0)
    run.respond(200)
    run.wait(0)
    bye = run.line.sent[2]
    if how == "refused":
        run.respond(481, bye)
    elif how == "faked":
        run.fake(bye)
    elif how == "failed":
        run.fail(bye)
    else:
        run.wait(10.0)
    wanted = Verdict.UNANSWERED if how == "silent" else Verdict.FAILED
    assert run.outcome.verdict is wanted
    assert run.outcome.text.startswith("200 Reason; ")
    assert "BYE" in run.outcome.text
    assert run.line.stopped


def test_the_callee_hangs_up_first():
    run = requesting(INVITE, bye_after=60.0)
    run.respond(200)
    invite = run.texts()[0]
    run.request(
        b"BYE sip:cli@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKb\r\n"
        b"From: <sip:bob@example.com>;tag=callee\r\n"
        + f"To: {header(invite, 'From')[0]}\r\n".encode()
        + f"Call-ID: {header(invite, 'Call-ID')[0]}\r\nCSeq: 1 BYE\r\n\r\n".encode()
    )
    assert run.texts(Reply)[0].startswith("SIP/2.0 200 ")
    assert "the callee has ended the call" in run.told
    run.wait(LINGER)
    assert run.line.stopped
    assert run.outcome.verdict is Verdict.DONE
    assert len(run.texts()) == 2


def test_a_call_that_rings_too_long_is_cancelled():
    run = requesting(INVITE, timeout=20.0)
    run.respond(180)
    run.wait(20.0)
    assert run.outcome.verdict is Verdict.UNANSWERED
    assert run.outcome.text == "no final response within 20 s, the last response was 180 Reason"
    cancel = run.line.sent[1]
    assert isinstance(cancel, AcCancel)
    assert (cancel.hash_index, cancel.label) == (5, 9)
    assert cancel.text.startswith(b"CANCEL sip:bob@example.com SIP/2.0\r\n")
    assert "the INVITE is cancelled (5:9)" in run.told
    assert not run.line.stopped
    run.respond(487)
    assert run.line.stopped
    assert "487 Reason" in run.told
    assert run.outcome.verdict is Verdict.UNANSWERED


def test_a_cancel_that_nobody_answers():
    run = requesting(INVITE, timeout=20.0)
    run.respond(180)
    run.wait(20.0 + GRACE)
    assert run.line.stopped


def test_what_nobody_has_named_cannot_be_cancelled():
    run = requesting(INVITE, timeout=20.0)
    run.wait(20.0)
    assert "no provisional response has named" in run.told
    assert len(run.line.sent) == 1
    assert run.line.stopped


def test_answered_while_it_is_cancelled():
    run = requesting(INVITE, timeout=20.0)
    run.respond(180)
    run.wait(20.0)
    run.respond(200)
    methods = [action.text.split()[0] for action in run.line.sent]
    assert methods == [b"INVITE", b"CANCEL", b"ACK", b"BYE"]
    run.respond(200, run.line.sent[3])
    assert run.line.stopped
    assert run.outcome.verdict is Verdict.UNANSWERED


def test_interrupted_while_it_rings():
    run = requesting(INVITE)
    run.respond(180)
    run.shot.interrupt(run.line.now)
    assert isinstance(run.line.sent[1], AcCancel)
    assert not run.line.stopped
    run.wait(GRACE)
    assert run.line.stopped
    assert run.outcome.verdict is Verdict.UNANSWERED


def test_interrupted_twice():
    run = requesting(INVITE)
    run.respond(180)
    run.shot.interrupt(run.line.now)
    run.shot.interrupt(run.line.now)
    assert run.line.stopped


def test_interrupted_in_a_call():
    run = requesting(INVITE, bye_after=60.0)
    run.respond(200)
    run.shot.interrupt(run.line.now)
    assert run.texts()[2].startswith("BYE ")
    run.wait(GRACE)
    assert run.line.stopped


def test_interrupted_before_anything():
    run = Run(lambda line: OneRequest(line, INVITE, Plan()), ready=False)
    run.shot.interrupt(run.line.now)
    assert run.line.stopped
    assert run.line.sent == []


# A text that goes as it is.


def test_a_text_goes_byte_for_byte():
    run = requesting(RequestText(TEXT))
    assert run.line.sent[0].text == TEXT
    assert "Call-ID the-call" in run.told


def test_what_follows_a_text_is_of_its_dialog():
    run = requesting(RequestText(TEXT), bye_after=0.0)
    run.respond(200)
    run.wait(0)
    _, ack, bye = run.texts()
    assert header(ack, "CSeq") == ["7 ACK"]
    assert header(bye, "CSeq") == ["8 BYE"]
    for text in (ack, bye):
        assert header(text, "Call-ID") == ["the-call"]
        assert header(text, "From") == ["<sip:alice@example.com>;tag=mine"]
        assert header(text, "To") == ["<sip:bob@example.com>;tag=callee"]


def test_a_text_inside_a_dialog_keeps_its_routes():
    text = TEXT.replace(b"bob@example.com>\r\n", b"bob@example.com>;tag=callee\r\n")
    text = text.replace(b"X-Own: as it is", b"Route: <sip:p1;lr>, <sip:p2;lr>")
    run = requesting(RequestText(text), bye_after=0.0)
    run.respond(200)
    run.wait(0)
    for text in run.texts()[1:]:
        assert header(text, "Route") == ["<sip:p1;lr>, <sip:p2;lr>"]
        assert header(text, "To") == ["<sip:bob@example.com>;tag=callee"]
    assert len(run.texts()) == 3


@pytest.mark.parametrize(
    "text",
    [
        b"OPTIONS sip:b@h SIP/2.0\r\n\r\n",
        b"no SIP at all",
        TEXT.replace(b"OPTIONS", b"CANCEL").replace(b"INVITE", b"CANCEL"),
        TEXT.replace(b"CSeq: 7", b"CSeq: x"),
        TEXT.replace(b"<sip:alice@example.com>", b"\x00\xff"),
    ],
)
def test_a_text_is_sent_whatever_it_says(text):
    run = requesting(RequestText(text))
    assert run.line.sent[0].text == text
    request = TEXT.replace(b"INVITE", b"OPTIONS")
    run.respond(200, UacReq(uac_id=run.line.sent[0].uac_id, text=request))
    assert run.outcome.verdict is Verdict.DONE
    run.wait(LINGER)
    assert run.line.stopped
    assert len(run.line.sent) == 1


def test_no_ack_where_the_text_has_not_what_it_needs():
    run = requesting(RequestText(TEXT.replace(b"CSeq: 7", b"CSeq: x")))
    run.respond(200, UacReq(uac_id=run.line.sent[0].uac_id, text=TEXT))
    assert "no ACK: the text" in run.told
    assert len(run.line.sent) == 1


def test_no_cancel_where_the_text_has_not_what_it_needs():
    run = requesting(RequestText(TEXT.replace(b"CSeq: 7", b"CSeq: x")), timeout=5.0)
    run.respond(180, UacReq(uac_id=run.line.sent[0].uac_id, text=TEXT))
    run.wait(5.0)
    assert "not cancelled: its text" in run.told
    assert run.line.stopped


@pytest.mark.parametrize("kind", ["response", "failure"])
def test_the_uac_id_that_the_other_layout_reads(kind):
    run = requesting(OPTIONS)
    other = UacReq(uac_id=run.line.sent[0].uac_id >> 8, text=run.line.sent[0].text)
    if kind == "response":
        run.respond(200, other)
        assert run.outcome.verdict is Verdict.DONE
    else:
        run.fail(other)
        assert run.outcome.verdict is Verdict.FAILED
    assert "it reads layout A" in run.told


def test_an_ack_is_only_sent():
    run = requesting(RequestText(TEXT.replace(b"INVITE", b"ACK")), wait=1.0)
    assert run.line.sent[0].text.startswith(b"ACK ")
    run.wait(1.0)
    assert run.outcome.verdict is Verdict.SENT
    assert run.line.stopped


# Actions that no proxy answers.


def acting(action, wait=1.0):
    return Run(lambda line: OneAction(line, action, wait=wait, text="sent"))


def test_an_action_waits_for_what_may_come():
    run = acting(SlMsg(text=b"x"))
    assert run.line.sent == [SlMsg(text=b"x")]
    run.wait(0.9)
    assert not run.line.stopped
    run.wait(0.1)
    assert run.line.stopped
    assert run.outcome.verdict is Verdict.SENT


def cancelling():
    return acting(AcCancel(uac_id=8, hash_index=1, label=2, text=TEXT))


def test_a_cancel_and_its_200():
    run = cancelling()
    run.respond(200)
    run.wait(1.0)
    assert run.outcome.verdict is Verdict.DONE


def test_a_cancel_that_finds_no_call():
    run = cancelling()
    run.respond(481)
    run.wait(1.0)
    assert run.outcome.verdict is Verdict.FAILED
    assert run.outcome.text == "481 Reason to the CANCEL"


def test_a_faked_408_to_a_cancel_says_nothing():
    run = cancelling()
    run.fake()
    run.wait(1.0)
    assert run.outcome.verdict is Verdict.SENT
    assert "Kamailio says so of every CANCEL" in run.outcome.text


def test_a_cancel_that_is_refused():
    run = cancelling()
    run.fail()
    assert run.outcome.verdict is Verdict.FAILED
    assert run.line.stopped


# What else may come.


def test_others_calls_get_503():
    run = acting(SlMsg(text=b"x"))
    run.request(TEXT)
    assert run.texts(Reply)[0].startswith("SIP/2.0 503 ")
    assert run.shot.summary() == ["1 requests came in meanwhile and got 503: the name is bound"]


def test_sending_waits_for_the_layout_probe():
    run = Run(lambda line: OneAction(line, SlMsg(text=b"x"), wait=1.0, text=""), probe=True)
    assert run.line.sent == []
    run.shot.learn(lookup("openser-1.3.0"))
    run.wait(0)
    assert len(run.line.sent) == 1


def test_it_is_sent_without_an_answer_to_the_probe_too():
    run = Run(lambda line: OneAction(line, SlMsg(text=b"x"), wait=1.0, text=""), probe=True)
    run.wait(2.5)
    assert len(run.line.sent) == 1


def test_it_is_announced_before_it_goes():
    line_then = []

    def make(line):
        shot = OneRequest(line, RequestText(TEXT), Plan())
        shot.before = lambda action: line_then.append((list(line.sent), action.text))
        shot.clock = lambda: 123.0
        return shot

    run = Run(make)
    assert line_then == [([], TEXT)]
    assert run.shot.sent_at == 123.0
