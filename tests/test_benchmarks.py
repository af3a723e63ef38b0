"""The generated capture of scripts/bench: what it holds. Nothing here is timed."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from seastool.capture.reader import CapturedFrame, UnitKind, read_capture
from seastool.seas.codec import decode_frame
from seastool.seas.dialects import lookup
from seastool.seas.frames import TReqIn
from seastool.seas.message import Message

ROOT = Path(__file__).resolve().parent.parent
PACKETS = 6_000


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A capture and how many units it holds."""
    path = tmp_path_factory.mktemp("traffic") / "calls.pcap"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.traffic", str(path), str(PACKETS)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "scripts"), str(ROOT)])},
        capture_output=True,
        text=True,
        check=True,
    )
    return path, int(done.stdout.split()[0])


def test_all_of_it_is_read(traffic: tuple[Path, int]) -> None:
    path, units = traffic
    reader = read_capture(path)
    kinds = Counter(type(record).__name__ for record in reader)
    assert kinds == {"CapturedFrame": units}
    assert PACKETS <= reader.statistics.packets < PACKETS + 4
    assert not reader.losses
    assert 0.42 < units / reader.statistics.packets < 0.5


def test_its_frames(traffic: tuple[Path, int]) -> None:
    path, _ = traffic
    dialect = lookup("kamailio-4.4.7")
    kinds: Counter[str] = Counter()
    calls: Counter[str | None] = Counter()
    sizes = []
    for record in read_capture(path):
        assert isinstance(record, CapturedFrame)
        if record.kind is not UnitKind.FRAME:
            kinds[record.kind] += 1
            continue
        assert record.socket is not None
        assert record.direction is not None
        frame = decode_frame(record.data, record.socket, record.direction)
        kinds[type(frame).__name__] += 1
        if isinstance(frame, TReqIn):
            message = Message(frame.payload, dialect)
            assert all(header.body is not None for header in message.find_all("VIA"))
            assert f"-{frame.label}@" in (message.call_id or "")
            assert str(frame.label) in (message.branch or "")
            assert message.from_tag == f"as{frame.label}"
            calls[message.call_id] += 1
            sizes.append(len(record.data))
    assert kinds["name"] == 2
    assert kinds["socket info"] == kinds["Bind"] == 1
    assert abs(kinds["TReqIn"] - kinds["Reply"]) <= 3
    assert kinds["Ping"] == kinds["JainPong"] > 0
    assert set(calls.values()) <= {1, 2, 3}
    assert 1_000 < sum(sizes) / len(sizes) < 1_250
