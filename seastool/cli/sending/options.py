"""The options that every ``seastool send`` has, declared once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Annotated, Any, Concatenate, ParamSpec, get_type_hints

import typer

from seastool.cli.endpoints import options as endpoint
from seastool.cli.exits import refuse_empty
from seastool.cli.live import options as live
from seastool.cli.output import When

P = ParamSpec("P")

Header = Annotated[
    list[str] | None,
    typer.Option("--header", "-H", metavar="'NAME: VALUE'", help="One more header."),
]
Body = Annotated[
    str | None, typer.Option("--body", metavar="FILE|TEXT", help="A file's content, or a text.")
]
ContentType = Annotated[
    str | None,
    typer.Option(
        "--content-type", metavar="TYPE", help="Of the body; by default as it begins with v=0."
    ),
]
MessageFile = Annotated[
    str | None,
    typer.Option("--file", "-f", metavar="FILE", help="A whole SIP message, - for standard input."),
]
Raw = Annotated[
    bool,
    typer.Option("--raw", help="Send FILE byte for byte, also what ends a real proxy."),
]
Wait = Annotated[
    str, typer.Option("--wait", metavar="TIME", help="How long to show what comes afterwards.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """How to connect, and what to show."""

    connect: Annotated[
        str,
        typer.Option(metavar="HOST:PORT", help="The proxy's event socket; actions go to PORT+1."),
    ] = "127.0.0.1:5080"
    name: Annotated[
        str,
        typer.Option(metavar="NAME", help="One that the proxy's script knows and nobody uses now."),
    ] = "app_server_1"
    connect_timeout: Annotated[
        str, typer.Option(metavar="TIME", help="For each connect, and for the socket info.")
    ] = "2s"
    dialect: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The proxy's, such as openser-1.3.0; by default current Kamailio's.",
        ),
    ] = None
    probe: Annotated[
        bool,
        typer.Option(
            "--probe",
            help="Ask the proxy first how it lays out actions, by one that fails (an error in "
            "its log).",
        ),
    ] = False
    bind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[PROTO:]ADDRESS[:PORT]",
            help="Bind to these of the proxy's sockets, * for all; by default to none.",
        ),
    ] = None
    processor_id: Annotated[
        int, typer.Option(min=1, max=127, help="In whose name, and to bind with.")
    ] = 1
    fault: endpoint.Faults = None
    seed: endpoint.Seed = None
    show_all: Annotated[
        bool,
        typer.Option("--all", help="Show all frames, also what is sent, the opening and pings."),
    ] = False
    verbose: live.Verbose = False
    hexdump: live.Hexdump = False
    json: live.Json = False
    quiet: live.Quiet = False
    lint: live.Lint = False
    filter: live.Filter = None
    time: live.Time = "relative"
    write: live.Write = None
    color: live.Colour = When.AUTO

    def __post_init__(self) -> None:
        refuse_empty(
            connect=self.connect,
            name=self.name,
            connect_timeout=self.connect_timeout,
            dialect=self.dialect,
            bind=self.bind,
            fault=self.fault,
        )

    @property
    def live(self) -> live.LiveOptions:
        """Those of the view. Raises: UsageFault."""
        return live.LiveOptions(
            verbose=self.verbose,
            hexdump=self.hexdump,
            json=self.json,
            quiet=self.quiet,
            lint=self.lint,
            filter=self.filter,
            time=self.time,
            write=self.write,
            color=self.color,
        )


def with_common(command: Callable[Concatenate[Common, P], None]) -> Callable[..., None]:
    """The command with all options of `Common` behind its own; what they say is its first
    argument."""
    own = inspect.signature(command, eval_str=True)
    hints = get_type_hints(Common, include_extras=True)
    shared = {
        field.name: inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=hints[field.name],
        )
        for field in fields(Common)
    }

    @functools.wraps(command)
    def run(*arguments: Any, **given: Any) -> None:
        common = Common(**{name: given.pop(name) for name in shared})
        command(common, *arguments, **given)

    parameters = [*list(own.parameters.values())[1:], *shared.values()]
    run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    del run.__wrapped__
    return run
