"""Makes the modules beside the tests, and those for messages that are alike, importable, whichever
way pytest imports tests."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "sip")]
