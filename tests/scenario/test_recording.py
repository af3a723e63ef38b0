"""What is recorded of a capture is a scenario, and passes against what was captured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joining import join
from memory_endpoints import digits
from players import CAPTURES, endpoint_for, session_of

from seastool.scenario.loader import parse_scenario
from seastool.scenario.reading.document import read_document
from seastool.scenario.recording.addresses import Addresses
from seastool.scenario.recording.recorder import record_scenario
from seastool.scenario.recording.session import NothingRecorded
from seastool.scenario.recording.substitution import Substitution
from seastool.scenario.recording.yaml_text import block, in_flow, scalar
from seastool.scenario.running.run import ScenarioRun
from seastool.scenario.texts.call import Call
from seastool.scenario.texts.message_text import compile_message
from seastool.scenario.texts.scope import Scope

SIPP = CAPTURES[0].parent / "kamailio-5.6.3-sipp-uac.pcap"
BOTH = pytest.mark.parametrize("role", ["openser", "appserver"])
IDS = [path.stem for path in CAPTURES]


@BOTH
@pytest.mark.parametrize("path", CAPTURES, ids=IDS)
@pytest.mark.parametrize("delays", [True, False], ids=["delays", "no delays"])
def test_a_recorded_session_passes_against_the_captured_frames(path, role, delays):
    session = session_of(path, role)
    scenario = parse_scenario(record_scenario(session, role, path.stem, delays=delays))
    endpoint, player = endpoint_for(session, role)
    run = ScenarioRun(scenario, endpoint, digits)
    endpoint.on_frame = player.came
    player.run = run
    run.start(0.0)
    player.play()
    while not run.finished and (due := run.get_timer()) is not None:
        player.now = due
        run.handle_timer(due)
    assert player.faults == []
    assert run.result.ok, run.result.failures
    assert player.left == []
    assert not run.result.stray
    assert (run.result.seconds > 1) is delays


@pytest.mark.parametrize("path", [*CAPTURES, SIPP], ids=[*IDS, "sipp"])
def test_the_two_recordings_of_a_session_pass_against_each_other(path):
    sessions = [session_of(path, role) for role in ("openser", "appserver")]
    proxy, server = join(
        record_scenario(sessions[0], "openser", "x"),
        record_scenario(sessions[1], "appserver", "x"),
        dialect=sessions[0].dialect.name,
    )
    assert proxy.result.ok, proxy.result.failures
    assert server.result.ok, server.result.failures


@BOTH
def test_one_call_of_many(role):
    session = session_of(SIPP, role, call_ids=["3-25526@127.0.0.1"])
    text = record_scenario(session, role, "call")
    assert len(session.frames) == 6
    assert text.count("  # packet ") == 6
    assert parse_scenario(text).role == role


def test_frames_without_call_id_go_with_their_transaction():
    session = session_of(CAPTURES[0], "openser", call_ids=["u4-17953867362649326"])
    assert [recorded.packet for recorded in session.frames] == [97, 106]


def test_what_there_is_nothing_of():
    with pytest.raises(NothingRecorded, match="none of its 32 frames belongs to nobody"):
        session_of(CAPTURES[0], "openser", call_ids=["nobody"])
    with pytest.raises(NothingRecorded, match="no frames of other in it; there is app_server_1"):
        session_of(CAPTURES[0], "openser", as_name="other")


def test_what_a_recording_says():
    text = record_scenario(session_of(CAPTURES[0], "openser"), "openser", "my trace")
    lines = text.splitlines()
    assert lines[:4] == [
        "# Recorded of app_server_1: 16 frames sent, 16 expected.",
        "# Left to the connection: 1 BIND, 7 JAIN_PONG, 7 PING.",
        "scenario: my trace",
        "role: openser",
    ]
    assert "  proxy: 127.0.0.1:5060" in lines
    assert 'receive: {source: "{{ peer1 }}", destination: "{{ proxy }}"}' in lines
    assert "  # packet 95: AC_RES_FAIL, which the endpoint sends by itself" in lines
    assert "  - delay: 1500ms" in lines
    for volatile in ("17953867362649326", "127.0.0.1:5999 ", "z9hG4bK", ";tag=tt1", ";tag=a1"):
        assert volatile not in text, volatile


def rendered(text: bytes) -> bytes:
    """A message recorded, written as YAML, read and rendered again; only its variables differ."""
    addresses = Addresses()
    template = Substitution(addresses).template(text)
    assert template is not None
    sign, *lines = block(template, 2)
    document = read_document("\n".join([f"sip: {sign}", *lines, "next: 1"]), "x")
    scope = Scope("openser", addresses.variables, [])
    call = Call(1, "run", 0.0, {}, digits)
    return compile_message(document.node(["sip"]).raw, scope).render(call)


MESSAGES = [
    b"INVITE sip:b@c SIP/2.0\r\nA: b\r\n\r\n",
    b"INVITE sip:b@c SIP/2.0\r\nContent-Length: 4\r\n\r\nbody",
    b"INVITE sip:b@c SIP/2.0\r\nContent-Length: 9\r\n\r\nbody",
    b"INVITE sip:b@c SIP/2.0\r\nl:   0 \r\n\r\n",
    b"INVITE sip:b@c SIP/2.0\r\n\r\nv=0\r\no=- 1\r\n",
    b"INVITE sip:b@c SIP/2.0\r\n\r\nv=0\no=- 1\n\n\n",
    b"INVITE sip:b@c SIP/2.0\r\n\r\n\r\n\r\n",
    b"INVITE sip:b@c SIP/2.0\r\nA: b\rc\nd\x00\xff\xc3\xa9\t\r\n folded\r\n\r\n  indented\r\n",
    b" INVITE sip:b@c SIP/2.0\r\nA: {{ b }} }} {{\r\n\r\n",
    b"INVITE sip:b@c SIP/2.0\r\nA:b \r\n# no comment\r\n---\r\n...\r\n\r\n\xe2\x80\xa8\x85",
    b"M sip:[::1]:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:99\r\nUser-Agent: x 1.2.3.4\r\n\r\n"
    b"c=IN IP6 fe80::1\r\nc=IN IP4 10.0.0.1\r\n",
]


@pytest.mark.parametrize("text", MESSAGES)
def test_messages_come_out_as_they_were(text):
    assert rendered(text) == text


def test_what_is_no_message_is_no_template():
    assert Substitution(Addresses()).template(b"INVITE sip:b@c SIP/2.0\r\nA: b\r\n") is None
    assert Substitution(Addresses()).template(b"\r\nINVITE sip:b@c SIP/2.0\r\n\r\n") is None


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_bytes_come_out_as_they_were(head, body):
    head = head.replace(b"\r\n\r\n", b"")
    text = b"INVITE sip:b@c SIP/2.0\r\nX: " + head + b"\r\n\r\n" + body
    if b"\r\n\r\n" in head + b"\r\n":
        return
    assert rendered(text) == text


def test_addresses_are_named_by_what_they_are():
    addresses = Addresses()
    addresses.proxy(bytes((10, 0, 0, 1)), 5060)
    found = addresses.find(
        "a 10.0.0.1:5060 b 10.0.0.2:5061 10.0.0.1 300.1.1.1 1.2.3.4.5 10.0.0.2:5061 [::1] v1.2.3.4"
    )
    assert [name for _, _, name in found] == ["proxy", "peer1", "host1", "peer1", "host2"]
    assert addresses.variables == {
        "proxy": "10.0.0.1:5060",
        "peer1": "10.0.0.2:5061",
        "host1": "10.0.0.1",
        "host2": "[::1]",
    }


@given(st.text(max_size=40))
def test_scalars_read_back_the_same(text):
    for told in (f"a: {scalar(text)}", f"a: {{b: {in_flow(text)}, c: 1}}"):
        read = read_document(told, "x").root.plain()["a"]
        assert (read if isinstance(read, str) else read["b"]) == text


@given(st.text(alphabet="ab :#-\t\n{}", max_size=40))
def test_blocks_read_back_the_same(text):
    text = "x" + text
    sign, *lines = block(text, 4)
    read = read_document("\n".join([f"a: {sign}", *lines, "b: 1"]), "x").root.plain()
    assert read == {"a": text, "b": 1}
