"""Checks of an application server: we are its proxy."""

from __future__ import annotations

# In the order in which they are listed and run: each registers its checks.
# isort: off
from seastool.interop.checks.app_server import opening, requests, replies, calls
from seastool.interop.checks.app_server import frames, dialects, again

# isort: on
from seastool.interop.checks.app_server.stage import AppServerStage
from seastool.interop.checks.app_server.suite import SUITE

MODULES = (opening, requests, replies, calls, frames, dialects, again)

__all__ = ["MODULES", "SUITE", "AppServerStage"]
