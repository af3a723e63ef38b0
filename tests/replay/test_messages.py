"""A trace keeps what there is room for and counts the rest."""

from seastool.replay.messages import Recorded, RecordedCall, Step, Trace


def recorded(number: int, data: bytes = b"x" * 10) -> Recorded:
    return Recorded(number, number * 1000, "udp", None, None, data)


def test_a_trace_keeps_a_number_of_messages_and_counts_the_others() -> None:
    trace = Trace("t", most_messages=3)
    for number in range(5):
        trace.add(recorded(number))
    assert [message.number for message in trace.messages] == [0, 1, 2]
    assert trace.left == 2


def test_a_trace_keeps_a_number_of_bytes() -> None:
    trace = Trace("t", most_bytes=25)
    for number in range(3):
        trace.add(recorded(number))
    assert (len(trace.messages), trace.left) == (2, 1)
    trace.add(recorded(9, b"short"))
    assert trace.messages[-1].number == 9


def test_a_trace_is_empty_until_something_is_kept() -> None:
    trace = Trace("t")
    assert trace.is_empty
    trace.add(recorded(1))
    assert not trace.is_empty


def test_a_call_begins_with_its_first_step() -> None:
    assert RecordedCall(b"c", [], None, []).start_ns == 0
    assert RecordedCall(b"c", [], None, [Step(recorded(7), True, 0, False)]).start_ns == 7000
