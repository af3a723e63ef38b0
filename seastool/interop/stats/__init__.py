"""What a capture amounts to: transactions, calls, times, who talks most, what is lost."""

from seastool.interop.stats.collector import Collector, Limits, collect
from seastool.interop.stats.model import Calls, Methods, Server, Stats

__all__ = ["Calls", "Collector", "Limits", "Methods", "Server", "Stats", "collect"]
