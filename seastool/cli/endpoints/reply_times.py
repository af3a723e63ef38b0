"""Reply times in one line."""

from __future__ import annotations

from seastool.histogram import Histogram


def reply_times(times: Histogram) -> str:
    """Median, 95th and 99th percentile and the longest, in milliseconds."""
    shares = {"p50": 0.50, "p95": 0.95, "p99": 0.99, "most": 1.0}
    return ", ".join(f"{name} {1000 * times.quantile(q):.2f} ms" for name, q in shares.items())
