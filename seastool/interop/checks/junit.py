"""Results as JUnit XML, which CI servers read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree

from seastool.interop.checks.result import Result, Run
from seastool.interop.checks.text import details
from seastool.interop.checks.verdict import Verdict

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NANOSECONDS: Final = 1_000_000_000


def junit(run: Run, *, known_fails: bool = False) -> bytes:
    """The file. Known faults count as skipped, or as failures; what is left of a run that was
    ended early, as skipped."""
    fails = {Verdict.FAIL, Verdict.KNOWN} if known_fails else {Verdict.FAIL}
    counts = run.counts
    results = [*run.results, *run.left]
    failures = sum(counts[verdict] for verdict in fails)
    skipped = sum(counts[one] for one in (Verdict.SKIPPED, Verdict.KNOWN) if one not in fails)
    totals = {
        "tests": str(len(results)),
        "failures": str(failures),
        "errors": "0",
        "skipped": str(skipped + len(run.left)),
        "time": f"{run.seconds:.3f}",
    }
    root = ElementTree.Element("testsuites", {"name": "seastool check", **totals})
    began = datetime.fromtimestamp(run.time_ns // _NANOSECONDS, UTC).replace(tzinfo=None)
    name = f"seastool check {run.suite}"
    suite = ElementTree.SubElement(
        root, "testsuite", {"name": name, "timestamp": began.isoformat(), **totals}
    )
    told = ElementTree.SubElement(suite, "properties")
    for key, value in (("target", run.target), ("server", run.server)):
        if value:
            ElementTree.SubElement(told, "property", {"name": key, "value": _xml(value)})
    for result in results:
        _case(suite, run, result, fails)
    ElementTree.indent(root)
    data: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _case(suite: ElementTree.Element, run: Run, result: Result, fails: set[Verdict]) -> None:
    group = result.id.partition(".")[0]
    case = ElementTree.SubElement(
        suite,
        "testcase",
        {
            "classname": f"{run.suite}.{group}",
            "name": f"{result.id}: {_xml(result.title)}",
            "time": f"{result.seconds:.3f}",
        },
    )
    text = _xml("\n".join(details(result)))
    if result.verdict in fails:
        kind = result.fault or result.verdict.value
        message = _xml(f"expected {result.expected}, got {result.got}")
        failure = ElementTree.SubElement(case, "failure", {"type": kind, "message": message})
        failure.text = text
    elif result.verdict is not Verdict.PASS:
        message = f"known fault {result.fault}" if result.fault else result.reason
        ElementTree.SubElement(case, "skipped", {"message": _xml(message)})
        if result.verdict is Verdict.KNOWN:
            ElementTree.SubElement(case, "system-out").text = text


def _xml(text: str) -> str:
    """Text without the characters that XML cannot have."""
    return _NOT_XML.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
