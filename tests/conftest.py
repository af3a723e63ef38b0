"""How hypothesis runs in all tests: no example has a time limit, as machines differ; and in CI the
examples are the same each time, so that a run fails for what was changed and nothing else."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")
