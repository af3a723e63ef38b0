"""``seastool export``: what other people's tools need, written from the declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from seastool.cli.exits import UsageFault, refuse_empty
from seastool.cli.output import Output

if TYPE_CHECKING:
    from seastool.seas.dialect import Dialect

HELP = """Write what other programs need to know of SEAS, made from seastool's declarations.

\b
Examples:
  seastool export wireshark > seas.lua
  tshark -X lua_script:seas.lua -r trace.pcap -Y 'seas.from.tag == "a1"'

\b
Exit codes: 0 ok, 2 usage, 4 output that cannot be written.
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


def _dialect(name: str | None) -> Dialect | None:
    if name is None:
        return None
    from seastool.seas.dialects import UnknownDialect, lookup

    try:
        return lookup(name)
    except UnknownDialect as error:
        raise UsageFault(str(error)) from None
