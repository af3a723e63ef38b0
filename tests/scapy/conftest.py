"""Modules of this directory, and the frames of tests/render, import as they are named."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
for directory in (HERE, HERE.parent / "render", HERE.parent / "render" / "wireshark"):
    if str(directory) not in sys.path:
        sys.path.append(str(directory))
