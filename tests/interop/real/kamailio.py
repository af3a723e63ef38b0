"""Debian's Kamailio as `seastool.testing` runs it, and what tests of others want to know of it."""

import os
import re
from itertools import pairwise
from pathlib import Path

from seastool.testing import RunningKamailio

PINGS = "1000:2:900"
TROUBLE = re.compile(
    r"CRITICAL|BUG|ERROR|exited by a signal|core was|out of mem|pingtable is full"
    r"|scheduled to die",
    re.IGNORECASE,
)
# Told when an application server comes (as an error) and, with pings, at every action: a table
# with a star for each ping that is not answered, and the numbers of its places.
PING_TABLE = re.compile(r"^[=*]+$", re.MULTILINE)
LEAVING = re.compile(r"client leaving|read 0 bytes from AS|client \S+ leaving|pinger has died")


class Kamailio(RunningKamailio):
    """pings: of seas' `jain_ping`, "" for none. definitions: of the configuration."""

    def __init__(
        self,
        folder: Path,
        *,
        pings: str = PINGS,
        definitions: tuple[str, ...] = (),
        **options: int,
    ) -> None:
        if pings:
            definitions += (f'PINGS="{pings}"',)
        super().__init__(folder, definitions, **options)

    @property
    def has_died(self) -> bool:
        """Whether it is gone, and nobody has killed it."""
        return self._process is not None and not self.is_alive

    @property
    def pings(self) -> list[bool]:
        """Whether a ping waits for its answer, at each moment that seas has told of it."""
        return ["*" in table for table in PING_TABLE.findall(self._said())]

    @property
    def pings_answered(self) -> int:
        """How often all were answered after one was not."""
        return sum(before and not after for before, after in pairwise(self.pings))

    @property
    def troubles(self) -> list[str]:
        """The lines of the log that tell of errors; that somebody has left is none."""
        lines = self.log.splitlines()
        return [line for line in lines if TROUBLE.search(line) and not LEAVING.search(line)]

    def seconds_used(self) -> float:
        """Processor time of all its processes."""
        assert self._process is not None
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has ended since
            if int(fields[2]) == self._process.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")
