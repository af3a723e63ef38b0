"""SVG, HTML, Mermaid and JSON: all text there, all of it escaped, nothing over another."""

import json
import re
from base64 import b64decode
from html.parser import HTMLParser
from xml.etree import ElementTree
from zlib import decompress

import pytest
from hostile import ladders
from hypothesis import given, settings
from ladder_traffic import OPENSER, SESSION, SIPP, Trace, answered, real, request

from seastool.ladder.contents import content_lines
from seastool.ladder.html import ladder_html
from seastool.ladder.jsonl import ladder_json
from seastool.ladder.mermaid import ladder_mermaid
from seastool.ladder.packing import PIECE
from seastool.ladder.svg import ladder_svg
from seastool.ladder.words import cells, label_of, mark_text
from seastool.render.paint import Paint
from seastool.render.printable import printable

SVG = "{http://www.w3.org/2000/svg}"
# A column of 12 px in DejaVu Sans Mono, the widest of the fonts, is 7.23 px; in bold of 13, 7.83.
WIDTHS = {"title": 14 * 0.6021, "name": 13 * 0.6021, "small": 11 * 0.6021, "": 12 * 0.6021}
HEIGHT = 11


LOOKED_AT = {"title", "h2", "h3", "tr", "dd", "pre"}  # elements whose text a test compares


def page(ladder, **options) -> str:
    return "".join(ladder_html(ladder, **options))


class Reader(HTMLParser):
    """What a browser would make of a page: elements, attributes, and the text of each."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: dict[str, int] = {}
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.ids: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        names = dict(attributes)
        self.attributes |= set(names)
        self.links |= {names[n] for n in ("href", "src", "xlink:href") if n in names}
        self.ids += [names["id"]] if "id" in names else []
        if tag not in ("meta", "rect", "line", "polygon", "path", "br", "input"):
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag) -> None:
        if tag in ("rect", "line", "polygon", "path"):
            return
        assert self._open[-1] == tag, (self._open, tag)
        self._open.pop()

    def handle_comment(self, data) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_data(self, data) -> None:
        for tag in LOOKED_AT & set(self._open):
            self.texts[tag][-1] += data


TAGS = {"html", "head", "meta", "title", "style", "body", "header", "h1", "p", "button", "main"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td", "a", "section", "h2", "div", "svg", "span"}
TAGS |= {"text", "line", "polygon", "path", "rect", "article", "h3", "dl", "dt", "dd", "pre"}
TAGS |= {"b", "u", "i", "em", "strong", "script", "input", "label"}


@settings(max_examples=60, deadline=None)
@given(ladders)
def test_html_escapes_everything(ladder) -> None:
    text = page(ladder, name="<b>.pcap", others=True)
    read = Reader(text)
    assert set(read.tags) <= TAGS
    assert read.tags["script"] == read.tags["style"] == 1
    assert not [name for name in read.attributes if name.startswith("on") or name == "src"]
    assert all(re.fullmatch(r"#[cm][0-9]+(-[0-9]+)?", link) for link in read.links)
    assert len(set(read.ids)) == len(read.ids)
    assert {link[1:] for link in read.links} <= set(read.ids)
    calls = [ladder.others, *ladder.calls]
    arrows = [arrow for call in calls for arrow in call.arrows]
    assert read.texts["h3"] == [label_of(arrow) for arrow in arrows]
    assert read.texts["h2"] == [printable(call.call_id or "no call") for call in calls]
    told = ["\n".join(content_lines(arrow.decoded, Paint(False))) for arrow in arrows]
    assert read.texts["pre"] == told
    for call in calls:
        assert {mark_text(mark) for mark in call.marks} <= set(read.texts["dd"])
    assert read.texts["title"] == ["Ladder <b>.pcap"]
    assert all(c.isprintable() or c == "\n" for c in text)


def test_html_needs_no_network_and_allows_one_script() -> None:
    from base64 import b64encode
    from hashlib import sha256

    text = page(real(SESSION, contents=True))
    assert not re.search(r"https?://|//[a-z]|url\(|@import", text.partition("<body>")[0])
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)[1]
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in text
    assert "prefers-color-scheme:dark" in text
    assert ":root[data-theme=dark]" in text


def test_html_lists_calls_and_leads_to_each_message() -> None:
    ladder = real(SIPP, contents=True)
    read = Reader(page(ladder))
    assert read.tags["section"] == 20
    assert read.tags["article"] == 20 * 13
    assert {f"#c{i}" for i in range(20)} | {"#m19-12"} <= read.links
    assert "INVITE 200 OK" in read.texts["tr"][1]
    assert any("headers[0]  VIA" in text and "| INVITE sip:" in text for text in read.texts["pre"])


def unpacked(text: str) -> str:
    """What the script makes of a page with packed calls, if all are asked for."""

    def whole(found: re.Match[str]) -> str:
        return "".join(decompress(b64decode(line)).decode() for line in found[1].split("\n"))

    return re.sub(r"<template [^>]*>([^<]*)</template>", whole, text)


@settings(max_examples=20, deadline=None)
@given(ladders)
def test_packed_calls_are_the_same(ladder) -> None:
    plain = page(ladder, others=True)
    packed = page(ladder, others=True, most_open=0)
    assert "<section" not in packed
    read = Reader(unpacked(packed))
    assert sorted(read.ids) == sorted([*Reader(plain).ids])
    assert read.links == Reader(plain).links
    assert set(read.tags) <= TAGS | {"noscript"}
    for kind in ("h2", "h3", "pre", "dd"):
        assert sorted(read.texts[kind]) == sorted(Reader(plain).texts[kind])


def test_messages_are_packed_so_many_to_a_line() -> None:
    trace = Trace()
    trace.sip(request(call_id="other"))
    for i in range(PIECE + 1):
        trace.sip(request(branch=f"z9hG4bK{i}"))
    text = page(trace.ladder(), most_open=10)
    one, other = re.findall(r'<template id="(p[01])" data-piece="64">([^<]*)</template>', text)
    assert (one[0], len(one[1].split("\n"))) == ("p0", 2)
    assert (other[0], len(other[1].split("\n"))) == ("p1", 3)
    *_, last = (decompress(b64decode(line)).decode() for line in other[1].split("\n"))
    assert Reader(last).ids == [f"m1-{PIECE}"]


def test_the_list_tells_results_and_marks() -> None:
    trace = answered()
    trace.sip(request("BYE", call_id="c2"))
    read = Reader(text := page(trace.ladder()))
    assert 'data-find="INVITE 200 OK">INVITE 200 OK · 1</button>' in text
    assert "no answer in the" in re.search(r'class="r marks warn" title="([^"]*)"', text)[1]
    assert read.texts["tr"][2].startswith("2c2")


def test_html_without_contents_has_the_facts() -> None:
    read = Reader(page(answered().ladder()))
    assert "pre" not in read.tags
    assert "packet 1, after 5.000 ms" in read.texts["dd"]


def boxes(svg: str):
    """Each text of a picture, with the box it takes: left, right, top, bottom."""
    root = ElementTree.fromstring(svg)
    for group in [root, *root.findall(f"{SVG}g")]:
        shift = re.search(r"translate\(0 ([0-9.]+)\)", group.get("transform", ""))
        down = float(shift[1]) if shift else 0.0
        for text in group.findall(f"{SVG}text"):
            kinds = text.get("class", "").split()
            width = cells(text.text) * next(
                w for kind, w in WIDTHS.items() if kind in kinds or not kind
            )
            x, y = float(text.get("x")), float(text.get("y")) + down
            left = {"middle": x - width / 2, "end": x - width}.get(text.get("text-anchor"), x)
            yield text.text, left, left + width, y - HEIGHT + 2, y + 2


def overlaps(svg: str) -> list[tuple[str, str]]:
    size = ElementTree.fromstring(svg)
    wide, high = float(size.get("width")), float(size.get("height"))
    placed = sorted(boxes(svg), key=lambda box: box[3])
    found = [(box[0], "outside") for box in placed if box[1] < 0 or box[2] > wide or box[4] > high]
    for i, a in enumerate(placed):
        for b in placed[i + 1 :]:
            if b[3] >= a[4]:
                break
            if a[1] < b[2] and b[1] < a[2]:
                found.append((a[0], b[0]))
    return found


@pytest.mark.parametrize("path", [SESSION, SIPP, OPENSER], ids=lambda path: path.stem)
def test_no_text_lies_over_another(path) -> None:
    svg = "".join(ladder_svg(real(path), others=True))
    assert len(list(boxes(svg))) > 100
    assert overlaps(svg) == []


def test_an_overlap_would_be_found() -> None:
    svg = "".join(ladder_svg(answered().ladder()))
    assert overlaps(svg) == []
    moved = re.sub(r'(class="halo"[^>]*?) y="[0-9.]+"', r'\1 y="100"', svg)
    assert overlaps(moved) != []


@settings(max_examples=60, deadline=None)
@given(ladders)
def test_svg_is_well_formed_and_holds_every_label_whole(ladder) -> None:
    svg = "".join(ladder_svg(ladder, others=True))
    assert overlaps(svg) == []
    elements = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(svg).iter()}
    assert elements <= {"svg", "style", "rect", "g", "text", "line", "polygon", "path"}
    shown = "".join(text for text, *_ in boxes(svg)).replace(" ", "")
    for arrow in (*ladder.others.arrows, *ladder.calls[0].arrows):
        assert label_of(arrow).replace(" ", "") in shown


def test_svg_has_both_themes() -> None:
    svg = "".join(ladder_svg(answered().ladder()))
    assert "@media (prefers-color-scheme:dark)" in svg
    assert "var(" not in svg  # which not every viewer knows


LINE = re.compile(
    r"    (participant e[0-9]+ as .*|e[0-9]+(->>|-->>|-\)|--\))e[0-9]+: .+"
    r"|Note over e[0-9]+(,e[0-9]+)?: .+)"
)


@settings(max_examples=60, deadline=None)
@given(ladders)
def test_mermaid_sees_nothing_of_its_own_in_texts(ladder) -> None:
    first, *lines = "".join(ladder_mermaid(ladder, others=True)).splitlines()
    assert first == "sequenceDiagram"
    for line in lines:
        assert LINE.fullmatch(line), line
        text = re.sub(r"#[0-9]+;|<br/>", "", line.partition(" as " if " as " in line else ": ")[2])
        assert not set('<>;#%{}"`$\\&|^~') & set(text), line


def test_mermaid() -> None:
    trace = answered()
    trace.back(trace.records[-1].data, 500)
    text = "".join(ladder_mermaid(trace.ladder()))
    assert "    participant e3 as as_01<br/>10.0.0.9\n" in text
    assert "    e1->>e2: INVITE sip:bob@example.com<br/>1: 0.000000\n" in text
    assert "    e2-->>e1: 200 OK<br/>6: 0.005000, passes on after 1.000 ms, answers" in text
    assert "    e2--)e1: 200 OK<br/>7: " in text
    assert "    Note over e2,e1: sent again: first in packet 6, 0.500000 s before\n" in text


def test_json_is_the_model() -> None:
    ladder = real(SESSION)
    lines = [json.loads(line) for line in ladder_json(ladder, others=True)]
    assert [line["call_id"] for line in lines] == [None, *(call.call_id for call in ladder.calls)]
    assert {line["record"] for line in lines} == {"ladder"}
    call = next(line for line in lines if (line["call_id"] or "").startswith("u4-"))
    assert call["result"] == "MESSAGE 408 (faked by the proxy)"
    assert [line["role"] for line in call["lifelines"]] == ["phone", "proxy", "application server"]
    assert call["arrows"][2]["is_retransmission"] is True
    assert call["arrows"][2]["repeats"] == 1
    assert call["arrows"][4]["answers"] == 0
    assert call["arrows"][4]["answer_ns"] == 1_952_821_000
    assert [mark["arrow"] for mark in call["marks"]] == [1, 2, 3, 4]


def test_json_tells_what_is_left_out() -> None:
    from seastool.ladder import Limits

    trace = Trace()
    for i in range(3):
        trace.sip(request(call_id=f"c{i}"))
    *_, last = ladder_json(trace.ladder(limits=Limits(calls=1)))
    assert json.loads(last) == {
        "schema_version": 1,
        "record": "ladder_rest",
        "marks": [],
        "left_out": {"messages of further calls": 2},
    }
