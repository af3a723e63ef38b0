"""The application by itself, behind a proxy with SIP phones, and behind the real Kamailio."""

import pytest

pytestmark = pytest.mark.seas_app("screening:Screening")

ALICE = "<sip:alice@example.com>;tag=a1"
SPAM = "<sip:spam@example.com>;tag=s1"


# By itself: the test speaks for the proxy and sees each frame.


def test_an_unwanted_caller_is_sent_away(seas_openser, seas_appserver):
    call = seas_openser.request("INVITE", "sip:bob@example.com", from_=SPAM)
    assert call.final().status == 603
    assert seas_openser.requests == []


def test_a_call_is_passed_on(seas_openser, seas_appserver):
    call = seas_openser.request("INVITE", "sip:bob@example.com", from_=ALICE)
    onward = seas_openser.wait_for_request("INVITE")
    assert onward.uri == "sip:bob@example.com"
    assert onward.header("From") == ALICE
    assert call.final().status == 200


@pytest.mark.seas_proxy(far_end=(180, 486))
def test_a_busy_callee_is_told(seas_openser, seas_appserver):
    call = seas_openser.request("INVITE", "sip:bob@example.com", from_=ALICE)
    assert call.final().status == 486
    assert call.statuses == [100, 180, 486]


def test_nothing_is_wrong_with_what_is_sent(seas_openser, seas_appserver, seas_capture):
    seas_openser.request("MESSAGE", from_=ALICE, body="hello").final()
    assert seas_openser.mistakes == []
    assert [one.error for one in seas_capture.records() if one.error] == []


# With phones: SIP over UDP on one side, the application server on the other.


def test_two_phones(seas_gateway, seas_appserver):
    alice, bob = seas_gateway.phone(), seas_gateway.phone()
    call = alice.request("INVITE", f"sip:bob@{bob.address}", from_=ALICE)
    invite = bob.wait_for_request("INVITE")
    bob.respond(invite, 180)
    bob.respond(invite, 200)
    assert call.final().status == 200
    call.ack()


# The real proxy: skipped where Kamailio is not installed, but never if CI is true.


def test_the_real_proxy(kamailio_seas, seas_appserver):
    phone = kamailio_seas.phone()
    assert phone.request("INVITE", from_=SPAM).final().status == 603
    assert phone.request("MESSAGE", from_=ALICE, body="hello").final().status == 202
