"""Recordings are read from whatever holds them, and what cannot be used is told."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_texts import request, response

from seastool.capture.records import Address
from seastool.errors import CaptureError
from seastool.replay import messages as kept
from seastool.replay.calls import calls_of
from seastool.replay.messages import Trace
from seastool.replay.reading import texts
from seastool.replay.trace import read_trace

CAPTURES = Path(__file__).parents[2] / "captures"
LOGS = Path(__file__).parent / "logs"
SDP = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\n"


def read(text: bytes | str) -> Trace:
    return read_trace(io.BytesIO(text.encode() if isinstance(text, str) else text))


def starts(trace: Trace) -> list[str]:
    return [message.data.split(b"\r\n")[0].decode() for message in trace.messages]


# Captures.


def test_a_capture_gives_its_sip_and_its_seas() -> None:
    trace = read_trace(CAPTURES / "kamailio-5.6.3-session.pcap")
    assert (len(trace.messages), len(trace.frames), trace.notes) == (33, 50, [])
    first = trace.messages[0]
    assert (first.number, first.transport, str(first.source)) == (15, "udp", "127.0.0.1:5999")
    assert first.time_ns > 1_700_000_000 * 10**9


def test_captures_are_read_from_a_pipe_and_unpacked() -> None:
    data = (CAPTURES / "kamailio-5.6.3-sipp-uac.pcap").read_bytes()
    plain, packed = read(data), read(gzip.compress(data))
    assert len(plain.messages) == len(packed.messages) == 140
    assert [m.data for m in plain.messages] == [m.data for m in packed.messages]


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for data, count in (
        (request(), 1),
        ((CAPTURES / "openser-1.3.0-session.pcap").read_bytes(), 37),
    ):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        trace = read_trace("-")
        assert (trace.name, len(trace.messages)) == ("standard input", count)


def test_a_capture_that_is_cut_is_read_as_far_as_it_goes() -> None:
    data = (CAPTURES / "kamailio-5.6.3-sipp-uac.pcap").read_bytes()
    trace = read(data[: len(data) // 2])
    assert 20 < len(trace.messages) < 140
    assert any("ends" in note for note in trace.notes)


def test_a_capture_without_sip_and_seas_is_refused_with_the_reason() -> None:
    head = (CAPTURES / "kamailio-5.6.3-sipp-uac.pcap").read_bytes()[:24]
    with pytest.raises(CaptureError, match="neither SIP nor SEAS in its 0 packets"):
        read(head)


def test_there_is_room_for_so_much_and_the_rest_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "seastool.replay.trace.Trace", lambda name: kept.Trace(name, most_messages=10)
    )
    trace = read_trace(CAPTURES / "kamailio-5.6.3-sipp-uac.pcap")
    assert len(trace.messages) + len(trace.frames) == 10
    assert trace.left == 260
    assert trace.notes[-1].startswith("260 messages were left out: there is room for 10 ")


# Message logs of sipp.


def test_a_message_log_of_sipp_gives_messages_times_and_directions() -> None:
    trace = read_trace(LOGS / "sipp-uac.log")
    assert (len(trace.messages), trace.notes) == (12, [])
    assert [message.is_sent for message in trace.messages[:6]] == [
        True, False, False, True, True, False,
    ]  # fmt: skip
    assert [len(message.data) for message in trace.messages[:6]] == [511, 309, 468, 360, 360, 301]
    first, second = trace.messages[:2]
    assert second.time_ns - first.time_ns == 36_000
    calls = calls_of(trace.messages)
    assert len(calls) == 2
    assert [step.by_client for step in calls[0].steps] == [True, False, False, True, True, False]


def test_the_log_of_the_called_side_gives_the_same_call() -> None:
    there, here = (calls_of(read_trace(LOGS / f"sipp-{n}.log").messages)[0] for n in ("uac", "uas"))
    assert [s.message.data for s in there.steps] == [s.message.data for s in here.steps]
    assert [s.by_client for s in there.steps] == [s.by_client for s in here.steps]


def test_a_log_of_tcp_says_so_and_other_lines_are_counted() -> None:
    trace = read_trace(LOGS / "sipp-uac-tcp.log")
    assert {message.transport for message in trace.messages} == {"tcp"}
    assert trace.notes == [
        f"{LOGS / 'sipp-uac-tcp.log'}: 2 lines belong to no message, the first is line 1"
    ]


def test_the_short_message_log_is_refused() -> None:
    with pytest.raises(CaptureError, match="record with -trace_msg") as caught:
        read_trace(LOGS / "sipp-short.log")
    assert "\n" not in str(caught.value)


# Text as people paste it.


@pytest.mark.parametrize("separator", ["", "\n", "\n\n", "-----\n", "\n====\n\n", "# 3\n", "***\n"])
@pytest.mark.parametrize("ends", ["\r\n", "\n"])
def test_messages_one_after_the_other(separator: str, ends: str) -> None:
    told = [request(body=SDP), response(180), response(200, body=SDP), request("ACK")]
    text = separator.join(one.decode().replace("\r\n", ends) for one in told)
    trace = read(text)
    if separator == "# 3\n":
        assert "3 lines belong to no message" in trace.notes[0]
    else:
        assert trace.notes == []
    assert [message.data for message in trace.messages] == told
    assert [message.number for message in trace.messages] == [1, 2, 3, 4]


def test_a_last_message_without_an_empty_line_is_whole() -> None:
    (message,) = read(request().rstrip()).messages
    assert message.data == request()


def test_the_last_line_of_a_pasted_body_may_have_no_end() -> None:
    trace = read(request(body=SDP).decode().replace("\r\n", "\n").rstrip())
    assert trace.messages[0].data == request(body=SDP)
    assert trace.notes == []


def test_a_body_that_holds_a_start_line_ends_where_its_length_says() -> None:
    told = [request("NOTIFY", body="SIP/2.0 100 Trying\r\n"), response(method="NOTIFY")]
    for text in (b"".join(told), b"\n\n".join(told), b"".join(told).replace(b"\r\n", b"\n")):
        assert [message.data for message in read(text).messages] == told


def test_a_wrong_content_length_gives_way_to_the_next_start_line() -> None:
    wrong = request(body=SDP).replace(b"Content-Length: 35", b"Content-Length: 77")
    assert wrong != request(body=SDP)
    trace = read(wrong + b"\n" + response())
    assert [message.data for message in trace.messages] == [wrong, response()]
    assert "1 messages have a Content-Length that is not that of their body" in trace.notes[0]


def test_a_body_without_length_ends_before_the_next_message() -> None:
    text = request(body=SDP).replace(b"Content-Length: 35\r\n", b"")
    assert b"Content-Length" not in text
    trace = read(text + b"------\n" + response())
    assert [message.data for message in trace.messages] == [text, response()]
    assert trace.notes == []


def test_header_lines_of_sngrep_give_time_and_addresses() -> None:
    trace = read(
        b"2026/11/23 10:00:00.123456 10.0.0.1:5060 -> 10.0.0.2:5070\n"
        + request()
        + b"\n2026/11/23 10:00:00.223456 10.0.0.2:5070 -> 10.0.0.1:5060\n"
        + response()
    )
    one, two = trace.messages
    assert (str(one.source), str(one.destination)) == ("10.0.0.1:5060", "10.0.0.2:5070")
    assert two.source == Address(bytes((10, 0, 0, 2)), 5070)
    assert one.time_ns == 1795428000_123456000
    assert two.time_ns - one.time_ns == 100_000_000
    assert trace.notes == []


def test_lines_of_ngrep_give_transport_and_addresses_and_its_dots_are_line_ends() -> None:
    dotted = request(body=SDP).replace(b"\r\n", b".\n")
    trace = read(
        b"interface: lo (127.0.0.0/255.0.0.0)\n#\n"
        b"U 2026/11/23 10:00:00.5 10.0.0.1:5060 -> 10.0.0.2:5070 #1\n" + dotted + b"\n##\n"
        b"T 10.0.0.2:5070 -> 10.0.0.1:5060 [AP] #4\n" + response().replace(b"\r\n", b".\n")
    )
    one, two = trace.messages
    assert (one.data, two.data) == (request(body=SDP), response())
    assert (one.transport, two.transport) == ("udp", "tcp")
    assert str(two.source) == "10.0.0.2:5070"
    assert "1 lines belong to no message, the first is line 1" in trace.notes[0]


def test_addresses_of_ipv6_with_and_without_brackets() -> None:
    for one, other in (("[2001:db8::1]:5060", "[2001:db8::2]:5062"),
                       ("2001:db8::1:5060", "2001:db8::2:5062")):  # fmt: skip
        (message,) = read(f"U {one} -> {other}\n".encode() + request()).messages
        assert (str(message.source), str(message.destination)) == (
            "[2001:db8::1]:5060", "[2001:db8::2]:5062",
        )  # fmt: skip


def test_text_that_is_indented_as_a_whole() -> None:
    told = [request(body=SDP), response()]
    text = b"\n".join(told).decode().replace("\r\n", "\n")
    indented = "".join(f"    {line}\n" for line in text.splitlines())
    assert [message.data for message in read(indented).messages] == told


def test_the_transport_is_that_of_the_via_where_nothing_else_says() -> None:
    assert read(request().replace(b"2.0/UDP", b"2.0/TCP")).messages[0].transport == "tcp"


def test_what_is_no_message_is_counted_with_its_place() -> None:
    trace = read(b"hello\n\n" + request() + b"\nand then:\n" + response() + b"bye\n")
    assert len(trace.messages) == 2
    assert "3 lines belong to no message, the first is line 1" in trace.notes[0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"hello\n", "no SIP message in it"),
        (bytes(range(256)) * 9, "no SIP message in it"),
        (b"GET / HTTP/1.1\r\n\r\n", "no SIP message in it"),
        (gzip.compress(b"hello", mtime=0), "no SIP message in it"),
        (gzip.compress(request() * 9)[:-20], ""),
    ],
)
def test_what_holds_no_message_is_refused_in_one_line(text: bytes, reason: str) -> None:
    if not reason:
        assert read(text).notes[-1].endswith("everything before it was read")
        return
    with pytest.raises(CaptureError, match=reason) as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_a_text_that_is_too_long_is_read_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MAX_TEXT", 10_000)
    trace = read(request() * 500)
    assert 10 < len(trace.messages) < 100
    assert "only the first 0 MiB were read" in trace.notes[0]


def test_a_message_that_is_too_long_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MAX_MESSAGE", 2000)
    trace = read(request(body="x" * 5000) + b"\n" + response())
    assert starts(trace) == ["SIP/2.0 200 OK"]
    assert any("1 messages over" in note for note in trace.notes)


# Directories.


def test_a_directory_has_a_message_in_each_file(tmp_path: Path) -> None:
    (tmp_path / "2.sip").write_bytes(response(180))
    (tmp_path / "10.sip").write_bytes(request().replace(b"\r\n", b"\n"))
    (tmp_path / "3.sip").write_bytes(response())
    (tmp_path / "README").write_text("hello")
    (tmp_path / ".hidden").write_bytes(request())
    (tmp_path / "more").mkdir()
    trace = read_trace(tmp_path)
    assert [message.data for message in trace.messages] == [request(), response(180), response()]
    assert [message.number for message in trace.messages] == [1, 2, 3]
    assert trace.notes == [f"{tmp_path}: 1 files have no SIP message in them, the first: README"]


def test_files_of_a_directory_may_be_packed_and_captures_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "1.gz").write_bytes(gzip.compress(request()))
    (tmp_path / "2.pcap").write_bytes((CAPTURES / "kamailio-5.6.3-sipp-uac.pcap").read_bytes())
    trace = read_trace(tmp_path)
    assert [message.data for message in trace.messages] == [request()]
    left = f"{tmp_path / '2.pcap'}: is a capture, and left out: replay it by itself"
    assert trace.notes == [left]
    (tmp_path / "1.gz").unlink()
    with pytest.raises(CaptureError, match=r"none of its 1 files .*is a capture"):
        read_trace(tmp_path)


def test_notes_on_the_files_of_a_directory_are_bounded(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}").write_bytes(b"hello\n" + request())
    notes = read_trace(tmp_path).notes
    assert len(notes) == 9
    assert notes[-1] == f"{tmp_path}: 12 more notes of this kind on its files"


@pytest.mark.parametrize("names", [(), ("a", "b")])
def test_a_directory_without_a_message_is_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (tmp_path / name).write_text("hello")
    with pytest.raises(CaptureError, match=r"has no files|none of its 2 files"):
        read_trace(tmp_path)


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="no such file"):
        read_trace(tmp_path / "nothing.pcap")


# Hostile input.

PIECES = st.sampled_from(
    [
        request(),
        response(),
        request(body=SDP),
        b"\n",
        b"\r\n\r\n",
        b"-----\n",
        b"SIP/2.0 200 OK\n",
        b"INVITE sip:x SIP/2.0\r\n",
        b"Content-Length: 99999\r\n",
        b"l: 5\n",
        b" folded\n",
        b"\0",
        b":\n",
        b".\n",
        b"U 1.2.3.4:5 -> 6.7.8.9:99999\n",
        b"--------------- 2026-99-99 99:99:99.9\n",
        b"UDP message received [1] bytes :\n",
        b"2026/11/23 10:00:00.1 [::1]:1 -> [::2]:2\n",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=30), max_size=12))
def test_any_text_is_read_or_refused_in_one_line(pieces: list[bytes]) -> None:
    refusal, calls = "", []
    try:
        calls = calls_of(read(b"".join(pieces)).messages)
    except CaptureError as error:
        refusal = str(error)
    assert "\n" not in refusal
    assert all(len(call.steps) <= len(call.messages) for call in calls)
