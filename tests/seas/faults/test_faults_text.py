"""Faults as text: what is read, what is written back, and what is refused with what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seastool.seas.faults import FAULTS, Fault, FaultError, parse_fault
from seastool.seas.faults.field_change import FieldChange
from seastool.seas.faults.parameter import Duration, Probability


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("slice", Fault("slice", 1)),
        ("slice=8", Fault("slice", 8)),
        ("delay=50ms", Fault("delay", 0.05)),
        ("delay=1.5s", Fault("delay", 1.5)),
        ("drop", Fault("drop", 1.0)),
        ("drop=0.1@REPLY_FIN", Fault("drop", 0.1, types=("REPLY_FIN",))),
        ("drop=1*2@PING,RES_IN", Fault("drop", count=2, types=("PING", "RES_IN"))),
        ("delay=2s*1~0.5@NAME", Fault("delay", 2.0, count=1, probability=0.5, types=("NAME",))),
        ("length=0xffffffff", Fault("length", 4294967295)),
        ("unpaired", Fault("unpaired")),
        ("split-hello", Fault("split-hello", 0.3)),
        ("long-name", Fault("long-name", 31)),
        ("reset=3*1", Fault("reset", 3, count=1)),
        ("corrupt=hash_index:7", Fault("corrupt", "hash_index:7")),
    ],
)
def test_texts(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault
    assert parse_fault(str(fault)) == fault


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("flags", (None, None)),
        ("flags:7", (7, None)),
        ("flags:0x10", (16, None)),
        ("text:hello", (None, b"hello")),
        ('text:"a*b~c@d"', (None, b"a*b~c@d")),
        (r'reason:"\x00\"\\\r\n"', (None, b'\0"\\\r\n')),
        ("text:", (None, b"")),
        ("reason:12", (12, b"12")),
        ("reason:ä", (None, "ä".encode())),
    ],
)
def test_values_of_corrupt(text: str, change: tuple[int | None, bytes | None]) -> None:
    value = parse_fault(f"corrupt={text}").value
    assert isinstance(value, FieldChange)
    assert (value.number, value.text) == change
    again = parse_fault(f"corrupt={value}@T_REQ_IN").value
    assert again == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("delai=5ms", "unknown fault 'delai', did you mean delay?"),
        ("Slice=1", "unknown fault 'Slice', did you mean slice?"),
        ("slice=0", "slice='0': it takes a whole number from 1 to 65535"),
        (
            "delay",
            "delay takes a time with its unit, such as 50ms or 1.5s, up to 3600s: delay=50ms",
        ),
        (
            "delay=50",
            "delay='50': it takes a time with its unit, such as 50ms or 1.5s, up to 3600s",
        ),
        ("drop=2", "drop='2': it takes a probability from 0 to 1, such as 0.1"),
        ("drop~0.5", "drop takes its probability as value: drop=0.1"),
        ("delay=1s~2", "delay~2.0: it takes a probability from 0 to 1, such as 0.1"),
        ("delay=1s~x", "delay~'x': it takes a probability from 0 to 1, such as 0.1"),
        ("unpaired=1", "unpaired takes no value"),
        ("length=4294967296", "length='4294967296': it takes a whole number from 0 to 4294967295"),
        ("drop*0", "drop*0: a count is 1 or more"),
        ("drop*x", "drop*'x': a count is a whole number, 1 or more"),
        ("drop@REPLY_FINE", "drop@'REPLY_FINE': no such type, did you mean REPLY_FIN?"),
        ("drop@ping", "drop@'ping': no such type, did you mean PING?"),
        ("drop@NAME", "drop@'NAME': no such type; there is BIND, UNBIND, REPLY_PROV, REPLY_FIN, "),
        ("late-pong=1s@PING", "late-pong takes no @TYPE, it acts on JAIN_PONG only"),
        ("unpaired@NAME", "unpaired takes no @TYPE, it acts on NAME, SOCKET_INFO only"),
        ("corrupt", "corrupt takes the path of a field and perhaps a new value, such as "),
        ("corrupt=hash_indx", "corrupt='hash_indx': no frame has a field hash_indx, did you mean "),
        ("corrupt=request_uri.flag1:1", "request_uri has no flag1, did you mean flags1?"),
        ("corrupt=headers.uri", "headers needs an index, such as headers[0]"),
        ("corrupt=flags[1]", "flags takes no index"),
        ("corrupt=from.uri", "no frame has a field from, did you mean FROM?"),
        ("corrupt=FROM.vias[0]", "FROM has no vias[]"),
        ("corrupt=hash_index.start", "hash_index has no parts"),
        ("corrupt=a b", "'a b' is no name of a field"),
        ("corrupt=request_uri.flags1:256", "request_uri.flags1 is at most 255"),
        ("corrupt=request_uri.flags1:x", "request_uri.flags1 is a number, such as "),
        ("", "unknown fault ''"),
        ("slice=", "'slice=' is no fault: write name[=value][*count][~probability][@TYPE,TYPE], "),
        ("slice=1@PING*2", "is no fault: write name[=value]"),
        ('corrupt=text:"abc', "is no fault: write name[=value]"),
        ("x" * 5000, "is no fault: write name[=value]"),
        ("\x1b[31m", r"unknown fault '\x1b[31m'"),
    ],
)
def test_refusals_say_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(FaultError) as caught:
        parse_fault(text)
    told = str(caught.value)
    assert message in told
    assert told.isprintable()
    assert len(told) < 400


@pytest.mark.parametrize(
    "make",
    [
        lambda: Fault("delay", -1.0),
        lambda: Fault("delay", float("nan")),
        lambda: Fault("slice", 0),
        lambda: Fault("slice", count=0),
        lambda: Fault("slice", probability=1.5),
        lambda: Fault("drop", types=("X",)),
        lambda: Fault("corrupt", 7),
    ],
)
def test_python_is_held_to_the_same(make):
    with pytest.raises(FaultError):
        make()


@pytest.mark.parametrize("kind", FAULTS.values(), ids=lambda kind: kind.name)
def test_examples_of_the_registry(kind):
    fault = parse_fault(kind.example)
    assert fault.kind is kind
    assert str(fault) == kind.example or parse_fault(str(fault)) == fault


TYPES = st.lists(st.sampled_from(["T_REQ_IN", "REPLY_FIN", "PING", "UAC_REQ"]), unique=True)


@given(
    st.sampled_from(["drop", "duplicate", "reorder"]),
    st.floats(0, 1),
    st.none() | st.integers(1, 10**6),
    TYPES,
)
def test_probabilities_come_back(name, value, count, types):
    fault = Fault(name, value, count=count, types=tuple(types))
    assert parse_fault(str(fault)) == fault


@given(st.floats(0, 3600, exclude_min=True), st.floats(0, 1))
def test_durations_come_back(value, probability):
    fault = Fault("delay", value, probability=probability)
    assert parse_fault(str(fault)) == fault
    assert Duration().parse(Duration().format(value)) == value
    assert Probability().parse(Probability().format(probability)) == probability


@given(st.binary(max_size=40))
def test_values_of_bytes_come_back(text):
    path = parse_fault("corrupt=reason").value.path
    fault = Fault("corrupt", FieldChange(path, None, text))
    assert parse_fault(str(fault)) == fault
    assert str(fault).isprintable()


@given(st.text(max_size=60))
def test_any_text_is_a_fault_or_one_line(text):
    told = ""
    try:
        fault = parse_fault(text)
    except FaultError as error:
        told = str(error)
    assert "\n" not in told
    assert told or parse_fault(str(fault)) == fault
