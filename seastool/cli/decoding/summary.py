"""The end of a list: how many frames of which type, transactions, dialects, what was lost."""

from __future__ import annotations

from collections import Counter

from seastool.capture.decoded import Decoded
from seastool.capture.detections import DetectedProxy, Detections
from seastool.capture.losses import Cause, Loss, Statistics
from seastool.capture.records import CapturedFrame
from seastool.cli.decoding.entry import facts_for, quick_facts
from seastool.render.printable import printable
from seastool.seas.dialect import Dialect

MAX_TRANSACTIONS = 1 << 14  # that are kept apart at once, so that memory stays bounded
COUNTS_A_ROW = 3  # which fit 80 columns
_ORDINARY = frozenset({Cause.NOT_IP, Cause.OTHER_PROTOCOL, Cause.OTHER_UDP, Cause.OTHER_TCP})


class Summary:
    """Counts records as they pass, those that are not shown too. dialect: one that was told."""

    def __init__(self, dialect: Dialect | None) -> None:
        self._dialect = dialect
        self._types: Counter[str] = Counter()
        self._recent: dict[tuple[int, int], None] = {}
        self.transactions = 0

    def count(self, decoded: Decoded) -> None:
        """One more record."""
        self._types[decoded.type_name] += 1
        captured = decoded.captured
        if not isinstance(captured, CapturedFrame):
            return
        quick = quick_facts(captured, decoded)
        if quick is not None:
            self._transaction(quick[0], quick[1])
        else:
            facts = facts_for(decoded)
            self._transaction(facts.hash_index, facts.label)

    def _transaction(self, hash_index: int | None, label: int | None) -> None:
        """Count a transaction the first time; one long out of sight counts as new."""
        if hash_index is None or label is None or (hash_index, label) in self._recent:
            return
        self.transactions += 1
        if len(self._recent) >= MAX_TRANSACTIONS:
            self._recent.pop(next(iter(self._recent)))
        self._recent[hash_index, label] = None

    def text(self, statistics: Statistics, detections: Detections) -> str:
        """The summary for people."""
        lines = [
            "",
            f"{statistics.packets:,} packets, {statistics.seas_connections:,} SEAS connections, "
            f"{self.transactions:,} transactions",
            *self._count_lines(),
        ]
        if self._dialect is not None:
            lines.append(f"  dialect   {self._dialect.name}, as told")
        for proxy in detections.proxies[:10]:
            lines += _proxy_lines(proxy)
        losses = [(c, loss) for c, loss in statistics.losses.items() if not c.harmless]
        lines += [f"  passed by {loss_text(cause, loss)}" for cause, loss in losses]
        return "\n".join(lines) + "\n"

    def _count_lines(self) -> list[str]:
        told = [f"{name} {count:,}" for name, count in sorted(self._types.items())]
        rows = [told[i : i + COUNTS_A_ROW] for i in range(0, len(told), COUNTS_A_ROW)]
        lines = ["  ".join(text.ljust(17) for text in row).rstrip() for row in rows]
        return [f"  {'' if i else 'records':8}  {line}" for i, line in enumerate(lines)]

    def json(self, statistics: Statistics, detections: Detections) -> str:
        """The summary as a JSON line."""
        from seastool.render.jsonl.codes import dump
        from seastool.render.jsonl.records import HEAD

        proxies = [
            {
                "address": p.address,
                "dialect": p.dialect.name,
                "certain": p.certain,
                "reasons": p.reasons,
            }
            for p in detections.proxies
        ]
        losses = {
            cause.name: {"count": loss.count, "bytes": loss.size, "first_packet": loss.first_packet}
            for cause, loss in statistics.losses.items()
        }
        told = {
            "packets": statistics.packets,
            "records": dict(sorted(self._types.items())),
            "transactions": self.transactions,
            "proxies": proxies,
            "losses": losses,
        }
        return f'{HEAD}"summary",{dump(told)[1:]}\n'


def _proxy_lines(proxy: DetectedProxy) -> list[str]:
    name, others, rest = proxy.detector.verdict.partition(", or ")
    lines = [f"  dialect   {proxy.address} speaks {name}"]
    told = [f"{others.lstrip(', ')}{rest}"] if others else []
    return lines + [f"            {printable(line)}" for line in (*told, *proxy.reasons)]


def loss_text(cause: Cause, loss: Loss) -> str:
    """A loss as a sentence with its numbers."""
    size = f", {loss.size:,} bytes" if loss.size else ""
    times = "once" if loss.count == 1 else f"{loss.count:,} times"
    return f"{cause.value} ({times}{size}, first in packet {loss.first_packet})"


def lost_lines(statistics: Statistics) -> list[str]:
    """What was lost, a line each; not what is only something else than SEAS and SIP."""
    noted = {Cause.CAPTURE_TRUNCATED, Cause.CAPTURE_DAMAGED, Cause.UNKNOWN_LINK}
    return [
        *statistics.notes,
        *(
            f"lost: {loss_text(cause, loss)}"
            for cause, loss in statistics.losses.items()
            if not (cause.harmless or cause in _ORDINARY or cause in noted)
        ),
    ]
