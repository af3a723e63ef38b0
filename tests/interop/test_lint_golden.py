"""Lint on frames of real servers: clean ones say nothing, and what is changed is found."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from golden_events import CAPTURES, SERVERS, dialect_of, frames, payloads, record

from seastool.capture.decoded import decode_records
from seastool.capture.reader import read_capture
from seastool.interop import rebuild
from seastool.interop.finding import Finding, Severity
from seastool.interop.lint import Linter, lint, lint_message
from seastool.seas.builder import build_message
from seastool.seas.dialects import lookup
from seastool.seas.message import INDEX_ENTRY_SIZE, Message

every_server = pytest.mark.parametrize("server", SERVERS)
MUTATED_MESSAGES = 3
FLOOR = 0.99
FLOOR_BY_TEXT_ALONE = 0.90


def bad(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity > Severity.INFO]


@every_server
def test_a_server_is_clean_in_its_own_dialect(server: str) -> None:
    dialect = dialect_of(server)
    found = [bad(lint(record(data, dialect))) for data in frames(server)[::9]]
    assert not [findings for findings in found if findings]


@every_server
def test_it_is_clean_by_its_text_alone(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seastool.interop.lint.check_rebuilt", lambda *_: None)
    dialect = dialect_of(server)
    found = [bad(lint_message(payload, dialect)) for payload in payloads(server)[1::9]]
    assert not [findings for findings in found if findings]


@pytest.mark.parametrize("name", sorted(path.name for path in CAPTURES.glob("*.pcap")))
def test_the_sessions_are_clean(name: str) -> None:
    linter = Linter()
    found = []
    for decoded in decode_records(read_capture(CAPTURES / name)):
        found += linter.lint(decoded)
    assert not bad(found)
    assert linter.frames > 30


def mutations(payload: bytes, end: int, chance: random.Random) -> Iterator[tuple[int, bytes]]:
    """Each byte before `end` changed once: by one, in its highest bit, or to any other."""
    for at in range(end):
        old = payload[at]
        new = chance.choice([old + 1, old - 1, old ^ 0x80, chance.randrange(256)]) & 0xFF
        new = new if new != old else old ^ 1
        yield at, payload[:at] + bytes([new]) + payload[at + 1 :]


def rate(server: str) -> tuple[float, Counter[str]]:
    """The share of single-byte changes that are found, and the fields of those that are not."""
    dialect, chance = dialect_of(server), random.Random(5)
    total = 0
    missed: Counter[str] = Counter()
    for payload in chance.sample(payloads(server), MUTATED_MESSAGES):
        message = Message(payload, dialect)
        fields = list(rebuild._leaves(message))
        for at, changed in mutations(payload, message.text_start, chance):
            total += 1
            if not bad(lint_message(changed, dialect)):
                names = [path for path, node in fields if node.start <= at < node.end]
                missed[re.sub(r"\[\d+\]", "[]", names[-1]) if names else "?"] += 1
    return 1 - missed.total() / total, missed


@every_server
def test_a_changed_byte_is_found(server: str) -> None:
    found, missed = rate(server)
    assert found >= FLOOR, missed.most_common()


@every_server
def test_a_changed_byte_is_found_by_the_text_alone(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seastool.interop.lint.check_rebuilt", lambda *_: None)
    found, missed = rate(server)
    assert found >= FLOOR_BY_TEXT_ALONE, missed.most_common()


KAMAILIO = dialect_of("kamailio-5.6.3")


def example() -> Message:
    """A request with Via, From and CSeq, none of its headers long."""
    for payload in payloads("kamailio-5.6.3"):
        message = Message(payload, KAMAILIO)
        names = {header.type_name for header in message}
        short = all(header.span.length < 200 for header in message)
        if message.is_request and short and names >= {"VIA", "FROM", "CSEQ", "CONTENTLENGTH"}:
            return message
    raise AssertionError("no such message")


def _place(message: Message, name: str, offset: int) -> int:
    header = message.find(name)
    assert header is not None
    return header.start + offset


CHANGES: list[tuple[str, Callable[[Message], tuple[int, int]]]] = [
    ("method-code", lambda m: (1, m.payload[1] % 14 + 1)),
    ("unknown-code", lambda m: (1, 60)),
    ("header-count", lambda m: (m.index_start - 1, m.header_count - 1)),
    ("unknown-code", lambda m: (m.index_start, 99)),
    ("header-type", lambda m: (m.index_start, 3 if m.types[0] != 3 else 4)),
    (
        "index-end-type",
        lambda m: (m.index_start + INDEX_ENTRY_SIZE * m.header_count, 1),
    ),
    ("index-not-contiguous", lambda m: (m.index_start + 2, m.payload[m.index_start + 2] ^ 0x40)),
    ("span-off-by-one", lambda m: (_place(m, "CSEQ", 3), m.payload[_place(m, "CSEQ", 3)] + 1)),
    ("span-wrapped", lambda m: (_place(m, "CSEQ", 2), 1)),
    ("value-wrong", lambda m: (_place(m, "CSEQ", 6), 0x55)),
    ("content-length-value", lambda m: (_place(m, "CONTENTLENGTH", 6), 1)),
    ("structure-size", lambda m: (_place(m, "CONTENTLENGTH", 5), 4)),
    ("span-out-of-bounds", lambda m: (_place(m, "FROM", 5 + 3), 250)),
]


@pytest.mark.parametrize(("rule", "change"), CHANGES, ids=[rule for rule, _ in CHANGES])
def test_a_change_is_told_by_its_rule(
    rule: str, change: Callable[[Message], tuple[int, int]]
) -> None:
    message = example()
    at, value = change(message)
    payload = message.payload[:at] + bytes([value]) + message.payload[at + 1 :]
    assert rule in {finding.rule for finding in bad(lint_message(payload, KAMAILIO))}


def test_half_a_pointer_for_a_mime_type_is_that_servers_habit() -> None:
    true, garbage = dialect_of("opensips-1.6.3"), lookup("opensips-1.6.1")
    for payload in payloads("opensips-1.6.3")[:60]:
        header = Message(payload, true).find("CONTENTTYPE")
        if header is not None and header.end - header.start == 9:
            at = header.body_start
            changed = payload[:at] + bytes.fromhex("7cbe54e8") + payload[at + 4 :]
            found = lint_message(changed, garbage)
            assert not bad(found)
            assert "mime-garbage" in {finding.rule for finding in found}
            assert "mime-code" in {finding.rule for finding in bad(lint_message(changed, true))}


def test_the_wrong_dialect_is_seen() -> None:
    openser = lookup("openser-1.3.0")
    found = {f.rule for p in payloads("kamailio-5.6.3")[:50] for f in lint_message(p, openser)}
    assert {"header-type", "method-code"} <= found


def test_a_known_fault_is_told_once_and_by_name() -> None:
    linter = Linter()
    found = []
    for data in frames("kamailio-5.6.3")[:600]:
        found += linter.lint(record(data, KAMAILIO))
    bare = [finding for finding in found if finding.rule == "bare-structure"]
    assert len(bare) == 1
    assert bare[0].severity is Severity.INFO
    assert "kamailio-5.6.3" in bare[0].message


def test_a_proxy_of_32_bits_is_clean() -> None:
    message = example()
    builder = replace(KAMAILIO, name="kamailio-5.6.3", long_size=4)
    payload = build_message(message.text, builder)
    assert len(payload) == len(message.payload) - 4
    assert bad(lint_message(payload, KAMAILIO)) == []
