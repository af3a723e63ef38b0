"""Patterns: what is taken, what could backtrack without end and is refused."""

import time

import pytest

from seastool.render.filters.pattern import (
    MAX_PATTERN,
    MAX_SUBJECT,
    PatternError,
    bounded_search,
)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("INVITE", "INVITE sip:bob"),
        ("(?i)invite", "INVITE"),
        (r"^(\d{1,3}\.){3}\d{1,3}$", "127.0.0.1"),
        (r"^(?:sip|sips|tel):", "tel:+1"),
        (r"@[a-z0-9.-]+:\d+$", "sip:bob@a-b.example:5060"),
        (r"[]+*(){}|]{2}", "+*"),
        (r"[^]()]+\(\[\{", "abc([{"),
        ("a{}b{,2}c{1", "a{}bbc{1"),
        ("a+?b*+c??", "aab"),
        ("(ab){3}", "ababab"),
        ("(abc)+$", "abcabc"),
        (r"\x41\0?", "A"),
        ("", ""),
    ],
)
def test_ordinary_patterns_are_found(pattern: str, text: str) -> None:
    assert bounded_search(pattern)(text)


@pytest.mark.parametrize(
    "pattern",
    [
        *("(a+)+$", "(a*)*", "(a?)+", "(a|aa)+$", "((a{1,9}))*", "(?:x(?:a|b))+", "(a{2,})+"),
        *("a?" * 25 + "a" * 25, "(a|a)" * 25, "(a?){25}a{25}", ".*.*.*.*x", "(.*){9}"),
        *("(a{0,9}){9}", r"(a)\1", "(?P<x>a)", "(?=a)", "(?<!a)b", "(?x) a", "(?#c)a", "(?>a)"),
        *("(", "[", "*", "\\", "a{2,1}", "a{99999999999999999999}", "x" * (MAX_PATTERN + 1)),
    ],
)
def test_patterns_refused(pattern: str) -> None:
    with pytest.raises(PatternError) as caught:
        bounded_search(pattern)
    assert 0 <= caught.value.position <= len(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["a*a*a*x", ".*.*.*x", "a?a?a?a?a?a?a*a*x", "a{0,16}a{0,16}a*x", "a*[^b]{64}x", "a*x"],
)
def test_the_worst_text_takes_a_bounded_time(pattern: str) -> None:
    search = bounded_search(pattern)
    start = time.process_time()
    assert not search("a" * 100_000)
    assert time.process_time() - start < 5


def test_only_the_start_of_a_long_text_is_searched() -> None:
    search = bounded_search("x")
    assert search("a" * (MAX_SUBJECT - 1) + "x")
    assert not search("a" * MAX_SUBJECT + "x")
