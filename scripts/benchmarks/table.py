"""What was measured against what is wanted, and the table of it."""

import json
import os
import platform
import sys
from dataclasses import asdict, dataclass
from typing import NamedTuple


class Bar(NamedTuple):
    """A wanted figure. floor: None if nobody knows one. at_least: else at most."""

    floor: float | None
    aim: float | None
    at_least: bool

    def met(self, value: float) -> bool:
        """Whether the floor is."""
        if self.floor is None:
            return True
        return value >= self.floor if self.at_least else value <= self.floor

    def __str__(self) -> str:
        if self.floor is None:
            return "none"
        return f"{'>=' if self.at_least else '<='} {self.floor:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. detail: the figures the value comes from."""

    what: str
    value: float
    unit: str
    bar: Bar
    detail: str = ""


def machine() -> str:
    """What this was measured on."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            model = next(line for line in lines if line.startswith("model name"))[12:].strip(" :\n")
    except (OSError, StopIteration):
        pass
    return (
        f"{model}, {os.cpu_count()} CPUs, {platform.system()} {platform.release()},"
        f" CPython {platform.python_version()}"
    )


def print_table(rows: list[Row]) -> None:
    """Markdown, so that it can go into docs/performance.md as it is."""
    print(f"Measured on {machine()}.\n")
    print("| what | measured | floor | aim | met | figures |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        aim = "" if row.bar.aim is None else f"{row.bar.aim:g}"
        met = "yes" if row.bar.met(row.value) else "NO"
        value = _shown(row.value) + row.unit
        print(f"| {row.what} | {value} | {row.bar} | {aim} | {met} | {row.detail} |")


def _shown(value: float) -> str:
    if isinstance(value, int) or value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def print_json(rows: list[Row]) -> None:
    """One record."""
    records = [
        {**asdict(row), "bar": row.bar._asdict(), "met": row.bar.met(row.value)} for row in rows
    ]
    json.dump({"schema_version": 1, "machine": machine(), "rows": records}, sys.stdout)
    print()
