"""What stands for a recorded call's identifiers now."""

from sip_texts import request, response

from seastool.replay.conversation.identities import Asked, Identities
from seastool.replay.fields import SipFields


def fields(text: bytes) -> SipFields:
    return SipFields(text)


def test_without_anything_learnt_a_message_is_as_recorded() -> None:
    identities = Identities()
    assert identities.is_empty
    for text in (request("BYE", to_tag="b"), response(), request(body="v=0\r\n")):
        assert identities.rewritten(text) == text


def test_what_is_as_recorded_leaves_nothing_to_change() -> None:
    identities = Identities()
    identities.learn(fields(response()), fields(response(reason="Fine")))
    assert identities.is_empty


def test_a_live_to_tag_stands_for_the_recorded_one_in_either_direction() -> None:
    identities = Identities()
    identities.learn(fields(response(to_tag="b")), fields(response(to_tag="live")))
    assert not identities.is_empty
    assert identities.rewritten(request("BYE", to_tag="b")) == request("BYE", to_tag="live")
    back = request("BYE", from_tag="b", to_tag="a")
    assert fields(identities.rewritten(back)).from_tag == b"live"


def test_tags_that_were_not_learnt_stay() -> None:
    identities = Identities()
    identities.learn(fields(response(to_tag="b")), fields(response(to_tag="live")))
    other = request("BYE", from_tag="c", to_tag="d")
    assert identities.rewritten(other) == other


def test_the_call_id_and_the_parties_of_a_live_request_come_into_its_response() -> None:
    live = request(call_id="live", from_tag="x", cseq=7, branch="z9hG4bKlive").replace(
        b"sip:bob@10.0.0.2>", b"sip:carol@10.0.0.3>"
    )
    identities = Identities()
    identities.learn(fields(request()), fields(live))
    asked = Asked(fields(request()), fields(live))
    got = fields(identities.rewritten(response(to_tag="b"), asked=asked, vias=True))
    assert (got.call_id, got.from_tag, got.cseq) == (b"live", b"x", (7, b"INVITE"))
    assert got.first(b"to") == b"<sip:carol@10.0.0.3>;tag=b"
    assert got.branch == b"z9hG4bKlive"
    assert got.status == 200


def test_vias_that_were_put_before_those_of_the_request_stay_there() -> None:
    then, now = request(branch="z9hG4bK1"), request(branch="z9hG4bKlive")
    recorded = response().replace(b"Via:", b"Via: SIP/2.0/UDP proxy;branch=z9hG4bKp\r\nVia:", 1)
    asked = Asked(fields(then), fields(now))
    vias = fields(Identities().rewritten(recorded, asked=asked, vias=True)).all(b"via")
    assert vias == [
        b"SIP/2.0/UDP proxy;branch=z9hG4bKp",
        b"SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKlive",
    ]


def test_requests_in_the_dialog_go_to_the_live_contact_by_the_live_routes() -> None:
    identities = Identities()
    then = request(more="Contact: <sip:a@old:1>\r\nRecord-Route: <sip:p1;lr>\r\n")
    now = request(more="Contact: <sip:a@new:2>\r\nRecord-Route: <sip:p2;lr>\r\n")
    identities.learn(fields(then), fields(now))
    bye = request("BYE", more="Route: <sip:p1;lr>\r\n").replace(
        b"sip:bob@10.0.0.2 ", b"sip:a@old:1 "
    )
    got = fields(identities.rewritten(bye))
    assert (got.uri, got.all(b"route")) == (b"sip:a@new:2", [b"<sip:p2;lr>"])


def test_a_fresh_call_id_is_used_from_the_start() -> None:
    identities = Identities((b"call-1", b"fresh"))
    assert fields(identities.rewritten(request())).call_id == b"fresh"


def test_a_status_line_without_a_reason_stays_as_it_is() -> None:
    text = response().replace(b"SIP/2.0 200 OK", b"SIP/2.0 200")
    identities = Identities((b"call-1", b"fresh"))
    assert identities.rewritten(text).startswith(b"SIP/2.0 200\r\n")
