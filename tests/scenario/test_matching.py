"""Fields of frames, tests on them, expressions over variables."""

import pytest
from driving import request, response
from memory_endpoints import digits

from seastool.render.filters import FilterError
from seastool.scenario.errors import BadText
from seastool.scenario.matching.comparing import compile_test
from seastool.scenario.matching.expression import compile_expression
from seastool.scenario.matching.fields import FIELDS, FRAME_TYPES, field_named, types_to
from seastool.scenario.matching.incoming import Incoming
from seastool.scenario.matching.routing import exchange_keys, transaction_key, uac_key
from seastool.scenario.texts.call import Call
from seastool.scenario.texts.scope import Scope
from seastool.seas import frames
from seastool.seas.builder import Receive, build_event
from seastool.seas.codec import decode_frame, encode_frame
from seastool.seas.dialects import lookup
from seastool.seas.types import Direction, EventType, Socket

DIALECT = lookup("kamailio-5.6.3")


@pytest.fixture
def scope() -> Scope:
    return Scope("openser", {"status": "200", "code": "", "n": "5"}, ["code", "n"])


@pytest.fixture
def call() -> Call:
    return Call(1, "9", 0.0, {"code": "486", "n": "5"}, digits)


def action(frame) -> Incoming:
    return Incoming(frame, encode_frame(frame), 0.0, DIALECT)


def event(sip: bytes, **more) -> Incoming:
    receive = Receive(2, bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2)), 5061, 5060)
    kind = more.pop("type", EventType.T_REQ_IN)
    data = build_event(sip, DIALECT, type=kind, receive=receive, hash_index=3, label=4, **more)
    return Incoming(decode_frame(data, Socket.EVENT, Direction.TO_AS), data, 0.0, DIALECT)


REPLY = action(frames.Reply(hash_index=5, label=6, text=response(486, more="X-A: one\r\n two")))
EVENT = event(request("INVITE", to_tag="tt", more="Expires: 60"))


@pytest.mark.parametrize(
    ("incoming", "name", "value"),
    [
        (REPLY, "type", "REPLY_FIN"),
        (REPLY, "socket", "action"),
        (REPLY, "length", len(REPLY.data)),
        (REPLY, "transaction", "5:6"),
        (REPLY, "label", 6),
        (REPLY, "sip.status", 486),
        (REPLY, "sip.method", "INVITE"),
        (REPLY, "sip.reason", "What"),
        (REPLY, "sip.uri", None),
        (REPLY, "sip.call_id", "c"),
        (REPLY, "sip.cseq", 2),
        (REPLY, "sip.from_tag", "1"),
        (REPLY, "sip.to_tag", "there"),
        (REPLY, "sip.branch", "z9hG4bKx"),
        (REPLY, "sip.transport", "UDP"),
        (REPLY, "X-A", "one two"),
        (REPLY, "header.x-a", "one two"),
        (REPLY, "Contact", None),
        (EVENT, "type", "T_REQ_IN"),
        (EVENT, "source_address", "10.0.0.1"),
        (EVENT, "destination_port", 5060),
        (EVENT, "protocol", 2),
        (EVENT, "cancelled_label", None),
        (EVENT, "sip.status", None),
        (EVENT, "sip.method", "INVITE"),
        (EVENT, "sip.uri", "sip:bob@example.com"),
        (EVENT, "sip.to_tag", "tt"),
        (EVENT, "expires", "60"),
        (EVENT, "VIA.vias[0].host", "10.0.0.9"),
        (EVENT, "VIA.vias[1].host", None),
        (EVENT, "FROM.uri.user", "a"),
    ],
)
def test_fields(incoming, name, value):
    assert field_named(name, []).read(incoming) == value


def test_a_faked_response_has_a_status():
    incoming = Incoming(
        frames.ResIn(
            protocol=0,
            source_address=b"",
            destination_address=b"",
            source_port=0,
            destination_port=0,
            hash_index=1,
            label=2,
            uac_id=3,
            status=408,
        ),
        b"",
        0.0,
        DIALECT,
    )
    assert (incoming.status, incoming.method, incoming.call_id) == (408, None, None)
    assert field_named("source_address", []).read(incoming) == ""


def test_every_frame_type_has_fields_and_a_receiver():
    assert set(types_to("openser")) | set(types_to("appserver")) == set(FRAME_TYPES)
    carried = {name for field in FIELDS.values() for name in field.carried_by}
    assert carried == set(FRAME_TYPES)


@pytest.mark.parametrize(
    ("field", "value", "given", "holds"),
    [
        ("sip.status", 200, 200, True),
        ("sip.status", "200", 200, True),
        ("sip.status", 200, 201, False),
        ("sip.status", 200, None, False),
        ("sip.status", "< 200", 180, True),
        ("sip.status", "<200", 200, False),
        ("sip.status", ">= 200", None, False),
        ("sip.status", "!= 200", 180, True),
        ("sip.status", "!= 200", None, True),
        ("sip.status", "{{ status }}", 200, True),
        ("sip.status", "{{ n }}", 5, True),
        ("sip.status", "> {{ n }}", 6, True),
        ("sip.status", "> {{ code }}", 486, False),
        ("sip.status", (180, "183"), 183, True),
        ("sip.status", (180, "183"), 200, False),
        ("sip.status", "/^4..$/", 486, True),
        ("sip.status", "/^4..$/", None, False),
        ("sip.status", True, 200, True),
        ("sip.status", False, None, True),
        ("sip.status", False, 1, False),
        ("label", "0x10", 16, True),
        ("To", "<sip:a@b>", "<sip:a@b>", True),
        ("To", "<sip:a@b>", "<sip:a@b>;tag=1", False),
        ("To", "== <sip:a@b>", "<sip:a@b>", True),
        ("To", "== /x/", "/x/", True),
        ("To", "/SIP:A@/i", "<sip:a@b>", True),
        ("To", "/SIP:A@/", "<sip:a@b>", False),
        ("To", "<5", "4", True),
        ("To", 5, "5", True),
        ("Expires", "> 59", "60", True),
        ("Expires", "> 59", "soon", False),
        ("To", "{{ code }}", "486", True),
        ("To", True, "", False),
        ("flags", "E2E_ACK", 4 | 2, True),
        ("flags", "E2E_ACK", 2, False),
        ("flags", 4, 4, True),
    ],
)
def test_tests(scope, call, field, value, given, holds):
    compared = compile_test(value, field_named(field, []), scope)
    assert compared.test(given, call) is holds
    assert isinstance(compared.shown(call), str)


@pytest.mark.parametrize("pattern", ["/(a+)+$/", "/(?=a)/", "/\\1/", "/[/", "/" + "a" * 300 + "/"])
def test_patterns_that_are_refused(scope, pattern):
    with pytest.raises(BadText):
        compile_test(pattern, field_named("To", []), scope)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("code == 486", True),
        ("code == '486'", True),
        ("code == 486.0", True),
        ("code != 486", False),
        ("code in (180, 486)", True),
        ("code not in (180, 486)", False),
        ("code >= 400 and code < 500", True),
        ("code > n", True),
        ("n == status", False),
        ("status == 200", True),
        ("code contains '8'", True),
        ("code matches '^4'", True),
        ("code", True),
        ("not code or n == 5", True),
        ("counter == 1", True),
    ],
)
def test_expressions(scope, call, text, holds):
    assert compile_expression(text, scope).holds(call) is holds


def test_an_empty_variable_does_not_hold(scope, call):
    call.variables["code"] = ""
    assert not compile_expression("code", scope).holds(call)
    del call.variables["code"]
    assert not compile_expression("code == 486 or code", scope).holds(call)


def test_numbers_only_have_an_order(scope, call):
    call.variables["code"] = "none"
    with pytest.raises(BadText, match="< compares numbers"):
        compile_expression("code < 5", scope).holds(call)


@pytest.mark.parametrize(
    ("text", "offset"),
    [("cod == 1", 0), ("code == invite.label", 8), ("code = 1", 5), ("code matches '('", 13)],
)
def test_faults_of_expressions(scope, text, offset):
    with pytest.raises((BadText, FilterError)) as caught:
        compile_expression(text, scope)
    assert caught.value.offset == offset, caught.value


def test_keys():
    cancel = event(request("CANCEL"), cancelled=(3, 9))
    assert exchange_keys(cancel.frame) == (transaction_key(3, 4), transaction_key(3, 9))
    assert exchange_keys(frames.UacReq(uac_id=0, text=b"")) == (uac_key(0),)
    assert uac_key(0) < 0 <= transaction_key(0, 0)
    assert exchange_keys(frames.Ping(sequence=1)) == ()
