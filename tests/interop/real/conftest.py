"""Makes the modules beside the tests importable, and their fixtures known."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from real_programs import app_server, installed, kamailio, run_kamailio, sipp

__all__ = ["app_server", "installed", "kamailio", "run_kamailio", "sipp"]
