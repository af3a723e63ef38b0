"""``seastool export``: what other people's tools need, written from the declarations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from seastool.cli.exits import UsageFault, refuse_empty
from seastool.cli.host_port import host_port
from seastool.cli.options import Ports
from seastool.cli.output import Output

if TYPE_CHECKING:
    from seastool.seas.dialect import Dialect

HELP = """Write what other programs need to know of SEAS, made from seastool's declarations.

\b
Examples:
  seastool export wireshark > seas.lua
  tshark -X lua_script:seas.lua -r trace.pcap -Y 'seas.from.tag == "a1"'
  seastool export protocol > protocol.md
  seastool export man > seastool.1
  seastool export hep trace.pcap --to 10.0.0.9:9060

\b
Exit codes: 0 ok, 2 usage, 3 input unreadable, 4 server not there, or output
that cannot be written.
"""

app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


@app.callback()
def _group() -> None:
    """Keeps `wireshark` a command of the group while it is the only one."""


@app.command("wireshark", short_help="A dissector for Wireshark and tshark, in Lua.")
def wireshark(
    dialect: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="What its preference says at first; by default it detects."
        ),
    ] = None,
    fields: Annotated[
        bool, typer.Option("--fields", help="The table of its filters instead, in Markdown.")
    ] = False,
) -> None:
    """Write a dissector (docs/wireshark.md) for Wireshark and tshark to standard output.

    \b
    Examples:
      seastool export wireshark > seas.lua
      seastool export wireshark --dialect kamailio-5.6.3 > seas.lua
      seastool export wireshark --fields
      tshark -X lua_script:seas.lua -r trace.pcap -Y seas
    """
    refuse_empty(dialect=dialect)
    if fields and dialect:
        raise UsageFault("--fields and --dialect are not combined: the filters are the same in all")
    from seastool import __version__
    from seastool.render.wireshark import write_dissector, write_reference

    text = write_reference() if fields else write_dissector(_dialect(dialect), __version__)
    with Output() as output:
        output.write(text)


@app.command("protocol", short_help="The protocol reference, in Markdown.")
def protocol(
    section: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only that section, such as Limits or Replies."),
    ] = None,
) -> None:
    """Write the protocol reference (docs/protocol.md) to standard output: every structure with
    its fields, real frames byte by byte, what proxies do with them, which ones do otherwise.

    \b
    Examples:
      seastool export protocol > protocol.md
      seastool export protocol --section Limits
    """
    from seastool.render.protocol import UnknownSection, section_of, write_protocol

    refuse_empty(section=section)
    text = write_protocol()
    try:
        text = text if section is None else section_of(text, section)
    except UnknownSection as error:
        raise UsageFault(f"--section: {error}") from None
    with Output() as output:
        output.write(text)


@app.command("man", short_help="The manual page of seastool, for man.")
def man() -> None:
    """Write the manual page (docs/man/seastool.1) to standard output.

    \b
    Examples:
      seastool export man > seastool.1
      man -l seastool.1
    """
    from seastool import __version__
    from seastool.cli.main import app as program
    from seastool.cli.manual import write_manual

    with Output() as output:
        output.write(write_manual(program, __version__))


@app.command("hep", short_help="What a capture holds, sent to HOMER.")
def hep(
    capture: Annotated[
        str, typer.Argument(metavar="TRACE", help="A pcap or pcapng file, - for standard input.")
    ] = "",
    to: Annotated[
        str | None,
        typer.Option(metavar="[udp:|tcp:]HOST:PORT", help="The capture server; mostly port 9060."),
    ] = None,
    capture_id: Annotated[
        int, typer.Option(metavar="N", min=0, max=0xFFFFFFFF, help="Which agent we are.")
    ] = 2001,
    password: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The server's key for agents.")
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            metavar="N",
            min=0,
            help="Packets a second at most, 0 for no limit; 2000 by UDP, no limit by TCP.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent, a packet a line.")
    ] = False,
    port: Ports = None,
    dialect: Annotated[
        str | None, typer.Option(metavar="NAME", help="Such as kamailio-5.6.3; else detected.")
    ] = None,
) -> None:
    """Send SIP messages and SEAS frames to HOMER, as HEP3 packets (docs/hep.md).

    \b
    Examples:
      seastool export hep trace.pcap --to 10.0.0.9:9060
      seastool export hep trace.pcap --to tcp:10.0.0.9:9060 --password secret
      seastool export hep trace.pcap --to 10.0.0.9:9060 --dry-run
      tcpdump -U -w - port 5060 or port 5080 or port 5081 |
        seastool export hep - --to 10.0.0.9:9060

    \b
    Exit codes: 0 sent; 2 usage; 3 TRACE cannot be read or holds neither SEAS nor
    SIP; 4 the server is not there; 130 Ctrl-C.
    """
    refuse_empty(to=to, password=password, dialect=dialect)
    if not capture or to is None:
        raise UsageFault("hep needs a capture and a server: hep TRACE --to HOST:9060")
    found = re.match(r"(?:(udp|tcp):)?(.*)\Z", to, re.DOTALL)
    assert found is not None
    host, number = host_port("--to", found[2])

    from seastool.cli.exporting.hep import HepWishes, run
    from seastool.cli.exporting.hep_packets import HepOrigin

    run(
        HepWishes(
            capture=capture,
            transport="tcp" if found[1] == "tcp" else "udp",
            host=host,
            port=number,
            origin=HepOrigin(capture_id, (password or "").encode("utf-8", "surrogateescape")),
            rate=rate,
            dry_run=dry_run,
            dialect=_dialect(dialect),
            ports=port or (),
        )
    )


def _dialect(name: str | None) -> Dialect | None:
    if name is None:
        return None
    from seastool.seas.dialects import UnknownDialect, lookup

    try:
        return lookup(name)
    except UnknownDialect as error:
        raise UsageFault(str(error)) from None
