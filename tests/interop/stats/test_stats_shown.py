"""The figures as text, JSON and HTML: whole, equal, escaped."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hostile import texts, wire
from hypothesis import given, settings
from ladder_traffic import DIALECT, OPENSER, SESSION, SIPP, Trace, request, response

from seastool.api import read_capture
from seastool.capture.decoded import decode_records
from seastool.capture.losses import Cause, Loss
from seastool.histogram import Histogram
from seastool.interop.stats import Stats, collect
from seastool.interop.stats.html import stats_html
from seastool.interop.stats.jsonl import stats_json
from seastool.interop.stats.plots import by_name, over_span, over_time
from seastool.interop.stats.series import Series
from seastool.interop.stats.tables import tables
from seastool.interop.stats.text import stats_text
from seastool.ladder.page import page_script

VOID = {"meta"}
CAPTURES = (SIPP, SESSION, OPENSER)


class Page(HTMLParser):
    """A page read strictly: what is opened is closed, texts and tags are kept."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


TAGS = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "div", "b"}
TAGS |= {"span", "figure", "svg", "g", "rect", "line", "text", "section", "table", "thead"}
TAGS |= {"tbody", "tr", "th", "td", "header", "button", "script"}


def hostile_stats(text: str) -> Stats:
    trace = Trace()
    mark = wire(text).strip() or b"-"
    for method in (b"INVITE", b"MARK"):
        ask = request(method.decode(), call_id=method.decode(), sender="sip:MARK@x")
        trace.sip(ask.replace(b"MARK", mark))
    trace.back(response(486, "MARK").replace(b"MARK", mark))
    stats = collect(decode_records(trace.records, DIALECT))
    stats.server(text).first.add(0.01)
    stats.talkers.callees.add(text)
    stats.losses[Cause.LOST] = Loss(2, 100, 7)
    stats.notes.append(text)
    return stats


@given(text=texts)
@settings(max_examples=60, deadline=None)
def test_html_escapes_everything(text: str) -> None:
    page = Page("".join(stats_html(hostile_stats(text), name=text)))
    assert page.tags <= TAGS
    assert not any(name.startswith("on") or name in ("href", "src") for name in page.attributes)
    shown = "".join(page.texts)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


@given(text=texts)
@settings(max_examples=60, deadline=None)
def test_text_and_json_stay_in_their_lines(text: str) -> None:
    stats = hostile_stats(text)
    printed = "".join(stats_text(stats))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", printed)
    line = stats_json(stats)
    assert line.count("\n") == 1
    assert text in json.loads(line)["servers"]


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_html_of_real_captures(path) -> None:
    stats = collect(read_capture(path))
    text = "".join(stats_html(stats, name=path.name))
    page = Page(text)
    assert path.name in page.texts[0]
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert script == page_script()
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text
    assert ":root[data-theme=dark]" in text
    assert "http" not in re.sub(r"http-equiv", "", text)
    assert "default-src 'none'" in text
    assert "prefers-color-scheme:dark" in text
    for table in tables(stats):
        assert table.title in page.texts
        assert all(cell in page.texts for row in table.rows for cell in row)
    for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        _check_plot(svg)
    assert text.count("<svg") >= 4


def _check_plot(svg: str) -> None:
    """All that is drawn lies inside the picture, every bar says what it is."""
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    assert root.attrib["aria-label"]
    bars = list(root.iter("rect"))
    assert bars
    for bar in bars:
        x, y, w, h = (float(bar.attrib[name]) for name in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert x + w <= width + 0.01
        assert y + h <= height + 0.01
    titles = [one.text for one in root.iter("title")]
    assert len(titles) >= len(bars)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_json_has_the_figures(path) -> None:
    stats = collect(read_capture(path))
    told = json.loads(stats_json(stats))
    assert (told["schema_version"], told["record"]) == (1, "stats")
    assert told["calls"]["tried"] == stats.calls.tried
    for name, methods in (("events", stats.events), ("sip", stats.sip), ("clients", stats.clients)):
        for method, one in methods.by_name.items():
            shown = told[name][method]
            assert shown["requests"] == one.requests
            assert sum(shown["statuses"].values()) == one.answered
            for times in (shown["first"], shown["final"]):
                assert sum(count for _, count in times.get("buckets", ())) == times["count"]
                if times["count"]:
                    assert times["shortest"] <= times["p50"] <= times["p95"] <= times["longest"]
    assert sum(told["series"]["counts"]["calls"]) == stats.calls.tried
    assert len(told["talkers"]["senders"]) <= 10


def test_text_is_aligned_and_whole() -> None:
    stats = collect(read_capture(SESSION))
    lines = "".join(stats_text(stats)).splitlines()
    assert lines[0].endswith("83 frames and messages, 4 calls (0.273/s)")
    at = lines.index("Events: requests handed to application servers")
    heading, *rows = lines[at + 1 : at + 9]
    assert heading.split() == ["method", "requests", "answered", "failed", "unanswered"]
    ends = [found.end() for found in re.finditer(r"\S+", heading)]
    for row in rows[:-1]:
        assert [found.end() for found in re.finditer(r"\S+", row)][1:] == ends[1:]
    assert rows[0].split() == ["ACK", "2", "-", "-", "-"]
    assert rows[-1] == ""


@pytest.mark.parametrize("seconds", [0.0, 3e-6, 1e-5, 0.0123, 2.5, 999.0, 1e4, 1e9])
@pytest.mark.parametrize("factor", [1.0, 1.5, 40.0])
def test_a_plot_of_any_times(seconds: float, factor: float) -> None:
    times = Histogram()
    times.add(seconds)
    times.add(seconds * factor)
    svg = over_span(times, "seas", "x")
    _check_plot(svg)
    heights = [rect.attrib for rect in ElementTree.fromstring(svg).iter("rect")]
    assert 1 <= len(heights) <= 2


def test_plots_of_nothing() -> None:
    assert over_span(Histogram(), "seas", "x") == ""
    assert over_time(Series(), [("calls", "sip")]) == ""
    assert by_name([], "x") == ""


@pytest.mark.parametrize("span", [0, 1, 10**9, 10**12, 10**16])
@pytest.mark.parametrize("count", [1, 7, 12345])
def test_a_plot_over_any_time(span: int, count: int) -> None:
    series = Series()
    for at in (0, span // 2, span):
        series.add("calls", at)
    for _ in range(count):
        series.add("events", span)
    _check_plot(over_time(series, [("events", "seas"), ("calls", "sip")]))


def test_the_python_of_the_document_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    root = SIPP.parents[1]
    text = (root / "docs/stats.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    monkeypatch.chdir(root)
    exec(compile(block, "docs/stats.md", "exec"), {})


def test_the_document_names_every_field() -> None:
    text = (SIPP.parents[1] / "docs/stats.md").read_text(encoding="utf-8")
    told = json.loads(stats_json(collect(read_capture(SESSION))))
    names = set(told) - {"schema_version", "record"}
    for part in ("calls", "series"):
        names |= set(told[part])
    names |= set(told["sip"]["INVITE"]) | set(told["sip"]["INVITE"]["final"])
    names |= set(told["servers"]["app_server_1"]) | set(told["talkers"])
    assert not [name for name in names if f"`{name}`" not in text]
