"""What is kept of a check that did not pass: capture, decoded frames, ladder."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from seastool.capture.decoded import Decoded, decode_records
from seastool.capture.reader import read_capture
from seastool.cli.decoding.full_view import FullView
from seastool.cli.exits import UsageFault
from seastool.errors import SeasError
from seastool.interop.checks.result import Result
from seastool.interop.checks.text import details
from seastool.ladder import build_ladder
from seastool.ladder.text import ladder_text
from seastool.render.paint import Paint
from seastool.render.times import Clock, TimeStyle


class Artefacts:
    """A directory with files of each check that did not pass. directory: None keeps nothing.

    Raises: UsageFault if it cannot be made or written.
    """

    def __init__(self, directory: str | None) -> None:
        self._directory = Path(directory) if directory else None
        if self._directory is not None:
            try:
                self._directory.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UsageFault(f"--artefacts {directory}: {error.strerror or error}") from None

    def take(self, result: Result) -> None:
        """Decode what passed, and keep it if wanted."""
        if not result.pcapng:
            return
        decoded = _decoded(result.pcapng)
        result.frames = _frames(decoded)
        if self._directory is None:
            return
        ladder = "".join(ladder_text(build_ladder(decoded)))
        files: dict[str, bytes] = {f"{result.id}.pcapng": result.pcapng}
        if ladder.strip():
            files[f"{result.id}.ladder.txt"] = ladder.encode()
        result.files = [str(self._directory / name) for name in (*files, f"{result.id}.txt")]
        files[f"{result.id}.txt"] = "\n".join((*details(result), "")).encode()
        for name, data in files.items():
            try:
                (self._directory / name).write_bytes(data)
            except OSError as error:
                told = f"{self._directory / name}: {error.strerror or error}"
                raise UsageFault(f"--artefacts {told}") from None


def _decoded(pcapng: bytes) -> list[Decoded]:
    try:
        return list(decode_records(read_capture(BytesIO(pcapng)), None))
    except SeasError:
        return []


def _frames(decoded: list[Decoded]) -> list[str]:
    """All that passed, at length, in lines."""
    clock = Clock(TimeStyle.RELATIVE)
    if decoded:
        clock.start(decoded[0].captured.time_ns)
    view = FullView(clock, Paint(False), tree=True, bytemap=False)
    return [line for one in decoded for line in view.show(one).rstrip("\n").split("\n")]
