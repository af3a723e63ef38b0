"""``seastool check``: interop checks of a live peer."""

from __future__ import annotations

from typing import Final

import typer

from seastool.cli.checking.options import AppServerWishes, OpenserWishes
from seastool.cli.grouped import grouped
from seastool.cli.option_record import with_records

HELP = """Check a live proxy or application server, one behaviour after the other, and say what
is not as the protocol wants it.

\b
Examples:
  seastool check openser 10.0.0.5:5080 --sip 10.0.0.5:5060
  seastool check openser 10.0.0.5:5080 --select 'uac.*' -v
  seastool check appserver --listen :5080 --junit result.xml

\b
Exit codes: 0 all passed, or all was as expected; 1 a check failed, SIGTERM before
all were done; 2 usage; 3 a file of expected verdicts that is not right; 4 no peer;
130 Ctrl-C.
"""

app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)

_REPORTS: Final = {
    "Verdicts": "fail_on expected",
    "What it tells": "junit github json verbose artefacts color",
}


@app.command(
    "openser",
    cls=grouped(
        {
            "What is checked": "select list_checks dangerous",
            "The proxy": "sip name server timeout quiet_time",
        },
        _REPORTS,
    ),
    short_help="Check a proxy: we are its application server and a phone.",
)
@with_records
def openser(wishes: OpenserWishes) -> None:
    """Check a proxy with module seas: we are its application server, and a phone.

    \b
    Examples:
      seastool check openser 10.0.0.5:5080
      seastool check openser 10.0.0.5:5080 --sip 10.0.0.5:5060 --junit seas.xml
      seastool check openser :5080 --expected kamailio-5.6.3.yaml --artefacts out
      seastool check openser --list

    \b
    Its script relays all requests to --name, in a transaction. Not to be run
    where an application server is at work: it takes that one's place.
    `see protocol: NAME` is what seastool export protocol --section NAME prints.
    All of it: docs/check.md.
    """
    from seastool.cli.checking.run import run_openser

    if code := run_openser(wishes):
        raise typer.Exit(code)


@app.command(
    "appserver",
    cls=grouped(
        {
            "What is checked": "select list_checks",
            "The application server": "listen like wait timeout quiet_time ready_file",
        },
        _REPORTS,
    ),
    short_help="Check an application server: we are its proxy.",
)
@with_records
def appserver(wishes: AppServerWishes) -> None:
    """Check the application server that connects: we are its proxy.

    \b
    Examples:
      seastool check appserver --listen :5080
      seastool check appserver --like openser-1.2.0 --select 'dialect.*'
      seastool check appserver --listen :0 --ready-file ready --github
      seastool check appserver --list -v

    \b
    It is cut off and has to come again several times.
    `see protocol: NAME` is what seastool export protocol --section NAME prints.
    All of it: docs/check.md.
    """
    from seastool.cli.checking.run import run_app_server

    if code := run_app_server(wishes):
        raise typer.Exit(code)
