"""The Python API: the examples of docs/api.md, word by word, and what they leave out."""

import doctest
from pathlib import Path

import pytest

import seastool
from seastool.seas.dialects import UnknownDialect

ROOT = Path(__file__).resolve().parent.parent
SESSION = ROOT / "captures" / "openser-1.3.0-session.pcap"


@pytest.mark.parametrize(("page", "examples"), [("README.md", 2), ("docs/api.md", 20)])
def test_examples_of_the_page(page: str, examples: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = doctest.testfile(str(ROOT / page), module_relative=False)
    assert result.failed == 0
    assert result.attempted >= examples


def test_dialect_is_told_from_the_frames() -> None:
    capture = seastool.read_capture(SESSION)
    frames = [r for r in capture if isinstance(r.captured, seastool.CapturedFrame)]
    assert len(frames) == 36
    assert all(r.error is None for r in frames)
    (proxy,) = capture.proxies
    assert proxy.dialect.layout is seastool.Layout.A


def test_dialect_can_be_given_by_name_or_object() -> None:
    for dialect in ("openser-1.3.0", seastool.lookup("openser-1.3.0")):
        binds = [r.unit for r in seastool.read_capture(SESSION, dialect=dialect)]
        assert sum(isinstance(unit, seastool.Bind) for unit in binds) == 1


def test_unknown_dialect_is_refused_at_once() -> None:
    with pytest.raises(UnknownDialect, match="kamailo"):
        seastool.read_capture(SESSION, dialect="kamailo-5.6.3")


def test_frame_without_a_message_says_so() -> None:
    with pytest.raises(seastool.DecodeError, match="Ping has no encoded message"):
        seastool.open_message(seastool.Ping(sequence=1))


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = seastool.nonsense
