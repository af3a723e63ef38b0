"""Makes the modules beside the tests importable, and the traffic that the ladders' tests make."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "ladder"))
