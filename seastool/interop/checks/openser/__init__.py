"""Checks of a proxy: we are its application server, and a phone."""

from __future__ import annotations

# In the order in which they are listed and run: each registers its checks.
# isort: off
from seastool.interop.checks.openser import opening, binding, requests
from seastool.interop.checks.openser import calls, client, actions, dangerous

# isort: on
from seastool.interop.checks.openser.stage import OpenserStage
from seastool.interop.checks.openser.suite import SUITE

MODULES = (opening, binding, requests, calls, client, actions, dangerous)

__all__ = ["MODULES", "SUITE", "OpenserStage"]
