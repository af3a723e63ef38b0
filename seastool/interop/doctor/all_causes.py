"""Every cause that the doctor names, of messages, captures and live proxies."""

from __future__ import annotations

from typing import Final

from seastool.interop.doctor.cause import Cause
from seastool.interop.doctor.examination import CAUSES
from seastool.interop.doctor.live import LIVE_CAUSES
from seastool.interop.doctor.message_causes import MESSAGE_CAUSES

ALL_CAUSES: Final[dict[str, Cause]] = {
    cause.id: cause for cause in (*CAUSES.values(), *MESSAGE_CAUSES, *LIVE_CAUSES)
}
"""By id: those of captures first, in their order."""
