"""The options of ``seastool replay``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from seastool.cli.endpoints.options import ReadyFile, Seed
from seastool.cli.exits import UsageFault, refuse_empty
from seastool.cli.live.options import LiveOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayWishes:
    """As they were written."""

    trace: Annotated[
        str,
        typer.Argument(
            metavar="TRACE",
            help="What was recorded: pcap, pcapng, a message log of sipp, text with SIP messages, "
            "a folder of them; - for standard input.",
        ),
    ]
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="PEER",
            help="sip:HOST:PORT[;transport=tcp]: be the SIP client. seas:HOST:PORT: be the proxy, "
            "listen for application servers. proxy:HOST:PORT: be the application server.",
        ),
    ]
    call_id: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="Only calls with this Call-ID; * stands for anything."),
    ] = None
    calls: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="How many calls, from the first again if need be."),
    ] = None
    loop: Annotated[int, typer.Option(min=1, metavar="N", help="All of it so many times.")] = 1
    speed: Annotated[
        str, typer.Option(metavar="X|max", help="So many times as fast; max: no delays.")
    ] = "1"
    rate: Annotated[
        str | None,
        typer.Option(metavar="N/s", help="How many calls begin a second; by default as recorded."),
    ] = None
    concurrency: Annotated[
        int, typer.Option(min=1, metavar="N", help="How many calls at a time at most.")
    ] = 1000
    compare: Annotated[
        str,
        typer.Option(metavar="LEVEL", help="What has to be as recorded: status, headers or full."),
    ] = "status"
    wait: Annotated[
        str,
        typer.Option(
            metavar="TIME", help="For a message of the other side; four times as recorded if more."
        ),
    ] = "5s"
    begin: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="For an application server to bind, a proxy to take us, and either to begin.",
        ),
    ] = "30s"
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="HOST:PORT", help="Send from there; port 0: a free one."),
    ] = None
    user: Annotated[
        str | None,
        typer.Option(metavar="NAME:PASSWORD", help="Answer digest challenges of now with that."),
    ] = None
    seed: Seed = None
    ready_file: ReadyFile = None
    messages: Annotated[
        bool, typer.Option("--messages", "-m", help="Show each message as it passes too.")
    ] = False
    live: LiveOptions

    def __post_init__(self) -> None:
        refuse_empty(
            trace=self.trace,
            to=self.to,
            call_id=self.call_id,
            rate=self.rate,
            speed=self.speed,
            compare=self.compare,
            wait=self.wait,
            begin=self.begin,
            **{"from": self.from_},
            user=self.user,
            ready_file=self.ready_file,
        )
        if self.calls is not None and self.loop != 1:
            raise UsageFault("only one of --calls and --loop says how often")
        sip_only = {"--from": self.from_, "--user": self.user}
        for option, value in sip_only.items():
            if value is not None and not self.to.lower().startswith("sip:"):
                raise UsageFault(f"{option} is for --to sip:")
        if self.user is not None and ":" not in self.user:
            raise UsageFault("--user: it is NAME:PASSWORD")

    @property
    def shows_messages(self) -> bool:
        """Whether what passes is shown."""
        live = self.live
        return self.messages or live.verbose or live.hexdump or live.lint or bool(live.filter)
