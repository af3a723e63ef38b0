"""The filter language on one frame: what is true of it, what is missing, what is refused."""

import pytest

from seastool.errors import SeasError
from seastool.render.filters import FilterError, FilterField, FilterKind, compile_filter
from seastool.render.filters.frame_fields import FRAME_FIELDS
from seastool.seas.types import Direction, EventType, Socket

INVITE: dict[str, object] = {
    "packet": 27,
    "time": 1700000000.25,
    "type": EventType.T_REQ_IN,
    "socket": Socket.EVENT,
    "direction": Direction.TO_AS,
    "as": "app_server_1",
    "flags": 0,
    "label": 0x4C736C10,
    "error": -478,
    "sip.method": b"INVITE",
    "sip.uri": "sip:bob@example.com;transport=udp",
    "sip.reason": "",
    "sip.call_id": 'quote " and \\ back',
    "source.address": "127.0.0.1",
}


def holds(expression: str) -> bool:
    return compile_filter(expression, FRAME_FIELDS)(INVITE.get)


@pytest.mark.parametrize(
    "expression",
    [
        'type == T_REQ_IN and sip.method == "INVITE"',
        "sip.method == INVITE",
        "type == 'T_REQ_IN'",
        "socket == event",
        'direction == "openser->as"',
        "type in (REPLY_PROV, T_REQ_IN)",
        "type in [T_REQ_IN]",
        "type not in (REPLY_PROV, REPLY_FIN)",
        "packet in (26, 0x1b)",
        "packet >= 27 and packet <= 27.0 and packet > 26.5 and packet < 28",
        "label == 0x4C736C10",
        "error == -478",
        "error < -0x10",
        "time > 1700000000.2",
        'sip.uri contains "bob@"',
        r'sip.uri matches "^sip:\w+@example\.com"',
        r"sip.uri ~ 'TRANSPORT' or sip.uri ~ '(?i)TRANSPORT'",
        'sip.method ~ "^INV"',
        r'sip.call_id == "quote \" and \\ back"',
        r"""sip.call_id == 'quote \x22 and \\ back'""",
        "sip.method",
        "not flags",
        "not sip.reason",
        "!flags && (uac_id || sip.uri)",
        "not not packet == 27",
        "packet == 1 or packet == 2 and packet == 3 or packet == 27",
        "not packet == 1 and packet == 27",
        'source.address == "127.0.0.1"\n\tand packet == 27',
    ],
)
def test_true_of_the_invite(expression: str) -> None:
    assert holds(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "type == T_REQ_IN and packet == 1",
        'sip.method == "invite"',
        "not (packet == 27 or packet == 28)",
        'sip.uri contains "BOB"',
        "packet in (1, 2)",
        "packet == 27 and (packet == 1 or packet == 2)",
    ],
)
def test_false_of_the_invite(expression: str) -> None:
    assert not holds(expression)


@pytest.mark.parametrize(
    "expression",
    [
        *("uac_id", "uac_id == 0", "uac_id < 5", "uac_id >= 5", "uac_id in (1, 2)"),
        *('sip.to_tag == ""', 'sip.to_tag contains ""', 'sip.to_tag matches ""', "dialect in (a)"),
    ],
)
def test_of_a_missing_value_only_the_negations_are_true(expression: str) -> None:
    assert not holds(expression)
    assert holds(f"not {expression}")


@pytest.mark.parametrize(
    "expression", ["uac_id != 0", "uac_id not in (1, 2)", 'sip.to_tag != ""', "dialect not in (a)"]
)
def test_missing_differs_from_every_value(expression: str) -> None:
    assert holds(expression)


def test_bytes_that_are_not_utf8_are_compared_as_the_shell_gives_them() -> None:
    as_argument = b"caf\xe9".decode("utf-8", "surrogateescape")
    predicate = compile_filter(f'sip.uri contains "{as_argument}"', FRAME_FIELDS)
    assert predicate({"sip.uri": b"sip:caf\xe9@x"}.get)


def test_a_type_without_a_name_goes_by_its_number() -> None:
    assert compile_filter('type == "type 9"', FRAME_FIELDS)({"type": "type 9"}.get)
    assert not holds('type == "type 9"')


def test_a_resolver_that_gives_text_for_a_number_is_a_bug() -> None:
    with pytest.raises(TypeError, match="packet was resolved to '27'"):
        compile_filter("packet > 1", FRAME_FIELDS)({"packet": "27"}.get)


@pytest.mark.parametrize(
    ("expression", "offset", "message"),
    [
        ("", 0, "the filter is empty"),
        ("   ", 3, "the filter is empty"),
        ("sip.metod == INVITE", 0, "unknown field 'sip.metod', did you mean sip.method?"),
        ("packet == 1 and xyzzy", 16, "unknown field 'xyzzy'"),
        ("type == T_REQ_INN", 8, "type is never 'T_REQ_INN', did you mean T_REQ_IN?"),
        ('type == "type x"', 8, "type is never 'type x'"),
        ("type in (T_REQ_IN, 2)", 19, "type is a word, '2' is a number; text needs quotes"),
        ("packet == abc", 10, "packet is a number, 'abc' is text"),
        ('packet == "27"', 10, "packet is a number, '\"27\"' is text"),
        ("sip.call_id == 27", 15, "sip.call_id is a text, '27' is a number; text needs quotes"),
        ("sip.method < INVITE", 11, "'<' is for numbers, and sip.method is a text"),
        ("packet contains 2", 7, "'contains' is for text, and packet is a number"),
        ("packet matches 2", 7, "'matches' is for text, and packet is a number"),
        ("sip.from_tag == sip.to_tag", 16, "'sip.to_tag' is a field"),
        ("sip.method = INVITE", 11, "unexpected '=': equality is written =="),
        ("direction == openser->as", 20, "unexpected '-': text such as 'openser->as' needs quotes"),
        ("source.address == 127.0.0.1", 18, "'127.0.0.1' is not a number; text needs quotes"),
        ("packet == 0x", 10, "'0x' is not a number"),
        ('sip.method == "INVITE', 14, "this quote is not closed"),
        ("sip.method == \u201cINVITE\u201d", 14, "strings take straight quotes"),
        ("(packet == 1", 0, "this parenthesis is not closed"),
        ("packet == 1)", 11, "expected 'and', 'or' or the end, found ')'"),
        ("(packet == 1]", 12, "expected 'and', 'or' or ')', found ']'"),
        ("packet == 1 packet == 2", 12, "expected 'and', 'or' or the end, found 'packet'"),
        ("packet == 1 and", 15, "expected a field, found the end"),
        ('"INVITE" == sip.method', 0, "expected a field, found"),
        ("packet ==", 9, "expected a value, found the end"),
        ("packet == and", 10, "expected a value, found 'and'"),
        ("packet in 1", 10, "expected a list such as (A, B), found '1'"),
        ("packet in ()", 11, "expected a value, found ')'"),
        ("packet in (1, 2", 15, "expected ',' or ')', found the end"),
        ("packet in [1)", 12, "expected ',' or ']', found ')'"),
        ("packet not 5", 11, "expected 'in' after 'not', found '5'"),
        ("packet == 1 == 2", 12, "expected 'and', 'or' or the end, found '=='"),
        ('sip.uri ~ "a("', 12, "bad pattern: missing )"),
        ('sip.uri ~ "\\x28"', 10, "bad pattern: missing )"),
        ('sip.uri ~ "(a+)+"', 15, "a repeated group may not itself repeat or choose inside"),
    ],
)
def test_refusals_say_what_and_where(expression: str, offset: int, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        holds(expression)
    assert message in str(caught.value)
    assert str(caught.value).endswith(f"(column {offset + 1} of the filter)")
    assert caught.value.offset == offset
    assert isinstance(caught.value, SeasError)


@pytest.mark.parametrize("opening", ["(", "not ", "!", "not("])
@pytest.mark.parametrize("times", [51, 1000, 100_000])
def test_depth_is_bounded(opening: str, times: int) -> None:
    with pytest.raises(FilterError, match=r"nested more than 50 deep|at most 4096 are taken"):
        holds(opening * times + "packet")


def test_fifty_deep_and_four_hundred_wide_are_taken() -> None:
    assert holds("(" * 50 + "packet == 27" + ")" * 50)
    assert holds(" or ".join(["packet == 1"] * 240 + ["packet == 27"]))


def test_pointed_puts_a_caret_under_the_fault() -> None:
    with pytest.raises(FilterError) as caught:
        holds("type == T_REQ_IN and sip.metod")
    expected = ["type == T_REQ_IN and sip.metod", " " * 21 + "^"]
    assert caught.value.pointed().split("\n") == expected


def test_pointed_is_two_printable_lines_whatever_the_expression() -> None:
    error = FilterError("bad", expression="a\n\x1b[31m\u4e2d\u0301" + "x" * 500, offset=8)
    first, second = error.pointed().split("\n")
    assert first.startswith("a ?[31m\u4e2d\u0301xxx")
    assert len(first) < 140
    assert second == " " * 9 + "^"


def test_words_of_an_open_set_are_not_checked() -> None:
    fields = [FilterField("colour", FilterKind.WORD, "any name")]
    assert compile_filter("colour == mauve", fields)({"colour": "mauve"}.get)
