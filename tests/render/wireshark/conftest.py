"""The dissector as a file, and what the tests here share."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dissector as it is exported without options."""
    from seastool.render.wireshark import write_dissector

    path = tmp_path_factory.mktemp("wireshark") / "seas.lua"
    path.write_text(write_dissector(), encoding="ascii")
    return path
