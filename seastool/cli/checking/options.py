"""The options of ``seastool check``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from seastool.cli.endpoints.options import ReadyFile
from seastool.cli.exits import UsageFault, refuse_empty
from seastool.cli.options import Color
from seastool.cli.output import When


class FailOn(StrEnum):
    """What makes a run fail."""

    FAIL = "fail"
    KNOWN = "known"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonWishes:
    """What both suites have."""

    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="IDS",
            help="Only these checks, such as uac.final or 'reply.*'; may be given again.",
        ),
    ] = None
    list_checks: Annotated[
        bool, typer.Option("--list", help="List the checks and end; -v with what they are for.")
    ] = False
    timeout: Annotated[str, typer.Option(metavar="TIME", help="For the peer to do anything.")] = (
        "2s"
    )
    quiet_time: Annotated[
        str,
        typer.Option(
            "--quiet-time", metavar="TIME", help="After that, what has not come will not come."
        ),
    ] = "300ms"
    fail_on: Annotated[
        FailOn,
        typer.Option(
            "--fail-on", help="End with code 1 for failures only, or for known faults as well."
        ),
    ] = FailOn.FAIL
    expected: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="The verdicts that are expected: code 0 if it is these, else 1."
        ),
    ] = None
    artefacts: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", help="Keep capture, decoded frames and ladder of what did not pass."
        ),
    ] = None
    junit: Annotated[str | None, typer.Option(metavar="FILE", help="Write JUnit XML.")] = None
    github: Annotated[bool, typer.Option("--github", help="Annotations for a GitHub workflow.")] = (
        False
    )
    json: Annotated[
        bool, typer.Option("--json", "-j", help="Each result as a JSON object, one a line.")
    ] = False
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="With the decoded frames of what fails.")
    ] = False
    color: Color = When.AUTO

    def __post_init__(self) -> None:
        refuse_empty(
            select=self.select,
            timeout=self.timeout,
            expected=self.expected,
            artefacts=self.artefacts,
            junit=self.junit,
            **{"quiet-time": self.quiet_time},
        )
        if self.json and self.github:
            raise UsageFault("--json and --github both want standard output: choose one")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenserWishes:
    """Of ``seastool check openser``, as they were written."""

    peer: Annotated[
        str | None,
        typer.Argument(metavar="HOST:PORT", help="The proxy's event port; actions on PORT+1."),
    ] = None
    sip: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Where it takes SIP; by default what its socket info says; none: no phone.",
        ),
    ] = None
    name: Annotated[str, typer.Option(metavar="NAME", help="What its script relays to.")] = (
        "app_server_1"
    )
    server: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Which proxy it is, such as kamailio-5.6.3; by default as its messages say.",
        ),
    ] = None
    dangerous: Annotated[
        bool,
        typer.Option("--dangerous", help="With checks that end real proxies, or harm them."),
    ] = False
    common: CommonWishes

    def __post_init__(self) -> None:
        refuse_empty(peer=self.peer, sip=self.sip, name=self.name, server=self.server)
        if not self.peer and not self.common.list_checks:
            raise UsageFault("say which proxy: seastool check openser HOST:PORT")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppServerWishes:
    """Of ``seastool check appserver``, as they were written."""

    listen: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help="Where it connects: event port; actions on PORT+1. Port 0: two free ones.",
        ),
    ] = "127.0.0.1:5080"
    like: Annotated[
        str,
        typer.Option(metavar="NAME", help="The proxy that it is made for, such as openser-1.2.0."),
    ] = "kamailio"
    wait: Annotated[
        str, typer.Option(metavar="TIME", help="For it to connect and bind, each time.")
    ] = "15s"
    ready_file: ReadyFile = None
    common: CommonWishes

    def __post_init__(self) -> None:
        refuse_empty(listen=self.listen, like=self.like, wait=self.wait, ready_file=self.ready_file)
