"""Any text is a filter or a FilterError; any tree means what Python says it means."""

from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from seastool.render.filters import FilterError, FilterField, FilterKind, compile_filter
from seastool.render.filters.frame_fields import FRAME_FIELDS

FIELDS = (
    FilterField("n", FilterKind.NUMBER, "a number"),
    FilterField("m.count", FilterKind.NUMBER, "another"),
    FilterField("t", FilterKind.TEXT, "a text"),
    FilterField("w", FilterKind.WORD, "a word", ("A", "B", "T_REQ_IN")),
)
Record = dict[str, object]
Oracle = Callable[[Record], bool]
Case = tuple[str, Oracle]

PIECES = [field.name for field in FRAME_FIELDS]
PIECES += ["and", "or", "not", "in", "contains", "matches", "==", "!=", "<", ">=", "~", "&&", "!"]
PIECES += ["(", ")", "[", "]", ",", '"INVITE"', "'(a+)+'", '"["', "0x1F", "-3", "1.5", "1.2.3"]
PIECES += ["T_REQ_IN", "event", "\\", '"', "\x1b", "\n", "\udc80", "=", "9" * 400]


def ends_well(expression: str) -> None:
    try:
        predicate = compile_filter(expression, FRAME_FIELDS)
    except FilterError as error:
        check_error(error, expression)
    else:
        assert predicate(lambda name: None) in (True, False)


def check_error(error: FilterError, expression: str) -> None:
    assert str(error).isprintable()
    assert 0 <= error.offset <= len(expression)
    assert error.pointed().count("\n") == 1


@given(st.text(max_size=200))
def test_arbitrary_text(expression: str) -> None:
    ends_well(expression)


@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from(["", " "]))
def test_arbitrary_tokens(pieces: list[str], between: str) -> None:
    ends_well(between.join(pieces))


@given(st.text(alphabet="ab()[]{}*+?|\\^$.,0123d:-i", max_size=30))
def test_arbitrary_patterns(pattern: str) -> None:
    quoted = pattern.replace("\\", "\\\\")
    ends_well(f'sip.uri matches "{quoted}"')


numbers = st.integers(-3, 300) | st.sampled_from([0.5, 12.25])
texts = st.text(alphabet="abAB \"'\\\n\u00e9", max_size=4)
words = st.sampled_from(["A", "B", "T_REQ_IN"])
records = st.fixed_dictionaries(
    {
        "n": st.none() | numbers,
        "m.count": st.none() | numbers,
        "t": st.none() | texts,
        "w": st.none() | words,
    }
)


def quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def written(value: object) -> str:
    if isinstance(value, str):
        return quote(value)
    return hex(value) if isinstance(value, int) and value % 2 else str(value)


def equality(name: str, value: object) -> list[Case]:
    return [
        (f"{name} == {written(value)}", lambda record: record[name] == value),
        (f"{name} != {written(value)}", lambda record: record[name] != value),
    ]


def order(name: str, limit: float) -> list[Case]:
    def compared(test: Callable[[float], bool]) -> Oracle:
        def oracle(record: Record) -> bool:
            value = record[name]
            return isinstance(value, (int, float)) and test(value)

        return oracle

    return [
        (f"{name} < {written(limit)}", compared(lambda value: value < limit)),
        (f"{name}<={written(limit)}", compared(lambda value: value <= limit)),
        (f"{name} > {written(limit)}", compared(lambda value: value > limit)),
        (f"{name}>={written(limit)}", compared(lambda value: value >= limit)),
    ]


def membership(name: str, values: list[object]) -> list[Case]:
    inside = ", ".join(map(written, values))
    return [
        (f"{name} in ({inside})", lambda record: record[name] in values),
        (f"{name} not in [{inside}]", lambda record: record[name] not in values),
    ]


def substring(part: str) -> Case:
    return (
        f"t contains {quote(part)}",
        lambda record: part in str(record["t"] or "") and (record["t"] is not None),
    )


def bare(name: str) -> Case:
    return name, lambda record: bool(record[name])


numeric_names = st.sampled_from(["n", "m.count"])
tests = st.one_of(
    st.builds(equality, numeric_names, numbers).flatmap(st.sampled_from),
    st.builds(equality, st.just("t"), texts).flatmap(st.sampled_from),
    st.builds(equality, st.just("w"), words).flatmap(st.sampled_from),
    st.builds(order, numeric_names, numbers).flatmap(st.sampled_from),
    st.builds(membership, numeric_names, st.lists(numbers, min_size=1)).flatmap(st.sampled_from),
    st.builds(membership, st.just("t"), st.lists(texts, min_size=1)).flatmap(st.sampled_from),
    st.builds(substring, texts),
    st.builds(bare, st.sampled_from(["n", "m.count", "t", "w"])),
)


def joined(left: Case, word: str, right: Case) -> Case:
    if word == "and":
        return f"({left[0]}) and ({right[0]})", lambda record: left[1](record) and right[1](record)
    return f"({left[0]}) or ({right[0]})", lambda record: left[1](record) or right[1](record)


def denied(case: Case) -> Case:
    return f"not ({case[0]})", lambda record: not case[1](record)


cases = st.recursive(
    tests,
    lambda inner: (
        st.builds(joined, inner, st.sampled_from(["and", "or"]), inner) | st.builds(denied, inner)
    ),
    max_leaves=12,
)


@given(cases, records)
def test_a_tree_means_what_python_says(case: Case, record: Record) -> None:
    expression, oracle = case
    assert compile_filter(expression, FIELDS)(record.get) is oracle(record)


@given(st.lists(st.tuples(tests, st.sampled_from(["and", "or"])), min_size=2, max_size=8), records)
def test_and_binds_tighter_than_or(chain: list[tuple[Case, str]], record: Record) -> None:
    expression = chain[0][0][0]
    alternatives = [chain[0][0][1](record)]
    for (_, word), ((text, oracle), _) in pairwise(chain):
        expression += f" {word} {text}"
        if word == "or":
            alternatives.append(oracle(record))
        else:
            alternatives[-1] = alternatives[-1] and oracle(record)
    assert compile_filter(expression, FIELDS)(record.get) is any(alternatives)
