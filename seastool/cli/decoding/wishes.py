"""What the command line of ``seastool decode`` asked for, as it was written."""

from dataclasses import dataclass, field

from seastool.cli.output import When


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The options of ``seastool decode``; empty and zero mean: not asked for."""

    capture: str = ""
    hex: str = ""
    verbose: bool = False
    hexdump: bool = False
    json: bool = False
    frame: int = 0
    time: str = "relative"
    summary: bool | None = None
    lint: bool = False
    types: list[str] = field(default_factory=list)
    direction: str = ""
    socket: str = ""
    methods: list[str] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    call_ids: list[str] = field(default_factory=list)
    transactions: list[str] = field(default_factory=list)
    as_names: list[str] = field(default_factory=list)
    after: str = ""
    before: str = ""
    filter: str = ""
    ports: list[int] = field(default_factory=list)
    dialect: str = ""
    follow: bool = False
    color: When = When.AUTO
