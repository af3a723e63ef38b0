"""The commands in the documents are run, and what follows them is what they print.

In a block fenced as ``console``, each line that starts with ``$ seastool `` is a command (a
backslash at its end carries on), and the lines up to the next ``$ `` are its output, errors
included. A line ``...`` stands for any lines or none.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ALL_PAGES = sorted((ROOT / "docs").glob("*.md"))
# The tutorial's commands need one another: tests/test_tutorial.py runs them in order.
PAGES = [page for page in ALL_PAGES if page.name != "tutorial.md"]
DOCUMENTS = (ROOT / "README.md", *PAGES)
LINKED = (*sorted(ROOT.glob("*.md")), *ALL_PAGES, *sorted((ROOT / "captures").glob("*.md")))
ENVIRONMENT = {"NO_COLOR": "1", "COLUMNS": "80", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
ENVIRONMENT |= {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}

_BLOCK = re.compile(r"^( *)```console *\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_SHELL = 'seastool() { "$PYTHON" -m seastool "$@"; }\n'


@dataclass(frozen=True)
class Example:
    """One command of a document and the output it claims."""

    document: str
    line: int
    command: str
    output: tuple[str, ...]


def examples(text: str, document: str) -> Iterator[Example]:
    """Yield the seastool commands of every console block in a document."""
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(2)) + 1
        indent = block.group(1)
        lines = [line.removeprefix(indent) for line in block.group(2).splitlines()]
        starts = [i for i, line in enumerate(lines) if line.startswith("$ ")]
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            if lines[start].startswith("$ seastool "):
                command, output = _split(lines[start:end])
                yield Example(document, first + start, command, output)


def _split(lines: list[str]) -> tuple[str, tuple[str, ...]]:
    length = 1
    while lines[length - 1].endswith("\\") and length < len(lines):
        length += 1
    output = [line.rstrip() for line in lines[length:]]
    while output and not output[-1]:
        output.pop()
    return "\n".join(lines[:length]).removeprefix("$ "), tuple(output)


def matches(expected: tuple[str, ...], printed: str) -> bool:
    """Tell whether what was printed is what is expected, ``...`` standing for any lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line) + r"[ \t]*\n"
        for line in expected
    )
    return re.fullmatch(pattern, printed.rstrip("\n") + "\n" if printed.strip() else "") is not None


def _all_examples() -> list[Example]:
    found: list[Example] = []
    for path in DOCUMENTS:
        if path.exists():
            name = path.relative_to(ROOT).as_posix()
            found += examples(path.read_text(encoding="utf-8"), name)
    return found


@pytest.mark.skipif(shutil.which("bash") is None, reason="the examples are commands for bash")
@pytest.mark.parametrize(
    "example", [pytest.param(e, id=f"{e.document}:{e.line}") for e in _all_examples()]
)
def test_example(example: Example) -> None:
    result = subprocess.run(
        ["bash", "-c", _SHELL + example.command],
        cwd=ROOT,
        env=os.environ | ENVIRONMENT | {"PYTHON": sys.executable},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    where = f"{example.document}:{example.line}: $ {example.command}"
    assert "Traceback (most recent call last)" not in result.stdout, where + "\n" + result.stdout
    assert result.returncode in range(5), f"{where}: exit code {result.returncode}"
    expected = "\n".join(example.output)
    assert matches(example.output, result.stdout), (
        f"{where}\n{result.stdout}\nexpected:\n{expected}"
    )


DOCUMENT = """
Text, and a block that is not run:

```sh
$ seastool serve
```

```console
$ seastool decode a.pcap \\
    --json
{"a": 1}
...
{"b": 2}

$ ls
a.pcap
$ seastool --version
```

  ```console
  $ seastool lint a.pcap
    indented
  ```
"""


def test_examples_are_found() -> None:
    assert list(examples(DOCUMENT, "x.md")) == [
        Example(
            "x.md", 9, "seastool decode a.pcap \\\n    --json", ('{"a": 1}', "...", '{"b": 2}')
        ),
        Example("x.md", 17, "seastool --version", ()),
        Example("x.md", 21, "seastool lint a.pcap", ("  indented",)),
    ]


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("", ""),
        ("a\nb", "a\nb\n"),
        ("a\nb", "a  \nb"),
        ("...", ""),
        ("...", "a\nb\n"),
        ("a\n...\nb", "a\nb\n"),
        ("a\n...\nb", "a\nx\nb\ny\nb\n"),
        ("...\nb", "a\nb\n"),
        ("[a] (b)*", "[a] (b)*\n"),
    ],
)
def test_output_that_matches(expected: str, printed: str) -> None:
    assert matches(tuple(expected.splitlines()), printed)


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("", "a\n"),
        ("a", ""),
        ("a\nb", "a\n"),
        ("a", "a\nb\n"),
        ("a\n...\nb", "a\nbc\n"),
        ("a", "ab\n"),
    ],
)
def test_output_that_does_not(expected: str, printed: str) -> None:
    assert not matches(tuple(expected.splitlines()), printed)


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"({page}" not in index} == set()


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in LINKED])
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)", text)
    links += re.findall(r'(?:href|src)="(?!https?:)([^"#\s]*)(?:#([^"\s]*))?"', text)
    for target, anchor in links:
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), f"{page.name}: {target}"
        if anchor and there.suffix == ".md":
            assert anchor in _anchors(there), f"{page.name}: {target}#{anchor}"


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of headings; of equal ones all but the first have a number."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ +(.*?) *$", text, re.MULTILINE)
    found = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    before = [found[:i].count(anchor) for i, anchor in enumerate(found)]
    return {f"{a}-{n}" if n else a for a, n in zip(found, before, strict=True)}
