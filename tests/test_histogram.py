"""Times in buckets: any time has one, and quantiles are near enough."""

from __future__ import annotations

import random

import pytest

from seastool.histogram import BOUNDS, Histogram


def test_quantiles_are_right_within_five_percent() -> None:
    chance = random.Random(1)
    times, exact = Histogram(), []
    for _ in range(5000):
        exact.append(chance.lognormvariate(-6, 2))
        times.add(exact[-1])
    exact.sort()
    for share in (0.01, 0.5, 0.95, 0.99, 0.999):
        value = exact[int(share * len(exact)) - 1]
        if value > BOUNDS[0]:
            assert times.quantile(share) == pytest.approx(value, rel=0.05)
    assert times.quantile(1.0) <= times.longest == exact[-1]
    assert times.total == pytest.approx(sum(exact))


@pytest.mark.parametrize("seconds", [0.0, -1.0, 1e-9, 1e-5, 1000.0, 1e9])
def test_any_time_is_counted(seconds: float) -> None:
    times = Histogram()
    times.add(seconds)
    assert times.count == 1
    assert times.quantile(0.5) <= max(seconds, BOUNDS[0])
    assert sum(count for _, count in times.cumulative()) >= (seconds <= BOUNDS[-1])


def test_no_times_have_no_quantiles() -> None:
    assert Histogram().quantile(0.5) == 0.0
