"""The examples of docs/scapy.md."""

import doctest

from frames_to_render import ROOT


def test_the_examples_of_the_page() -> None:
    result = doctest.testfile(str(ROOT / "docs" / "scapy.md"), module_relative=False)
    assert result.attempted > 20
    assert result.failed == 0
