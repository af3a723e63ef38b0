"""The command ``seastool``: its subcommands, and how each way of failing ends."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from seastool.cli.appserver import Command as AppServerCommand
from seastool.cli.appserver import appserver
from seastool.cli.check import app as check
from seastool.cli.completion import completion, prepare_completion
from seastool.cli.decode import decode
from seastool.cli.doctor import Command as DoctorCommand
from seastool.cli.doctor import doctor
from seastool.cli.encode import encode
from seastool.cli.exits import (
    FINDINGS,
    INPUT,
    INTERRUPTED,
    PEER,
    USAGE,
    NotThere,
    PeerFault,
    UsageFault,
)
from seastool.cli.export import app as export
from seastool.cli.gateway import Command as GatewayCommand
from seastool.cli.gateway import gateway
from seastool.cli.ladder import Command as LadderCommand
from seastool.cli.ladder import ladder
from seastool.cli.lint import lint_command
from seastool.cli.openser import Command as OpenserCommand
from seastool.cli.openser import openser
from seastool.cli.output import abandon_output, leave_quietly, open_missing_streams, say
from seastool.cli.record import record
from seastool.cli.replay import Command as ReplayCommand
from seastool.cli.replay import replay
from seastool.cli.send import app as send
from seastool.cli.stats import Command as StatsCommand
from seastool.cli.stats import stats
from seastool.cli.tap import Command as TapCommand
from seastool.cli.tap import tap
from seastool.errors import EncodeError, SeasError

HELP = """Decode, encode, check and speak SEAS, the protocol between a SIP proxy (OpenSER,
OpenSIPS, Kamailio) and its application server.

\b
Three that work as they stand, in a clone of the repository:
  seastool decode captures/kamailio-5.6.3-session.pcap
  seastool decode captures/kamailio-5.6.3-session.pcap --frame 16 --hexdump
  seastool ladder captures/kamailio-5.6.3-session.pcap --call-id 'c2-*'

\b
Look at what passes:
  seastool decode trace.pcap
  seastool decode trace.pcap --call-id 1-23@10.0.0.9 -v
  seastool lint trace.pcap
  seastool doctor trace.pcap
  seastool ladder trace.pcap --html > ladder.html
  seastool stats trace.pcap
  tcpdump -U -w - -i any port 5080 or port 5081 | seastool decode -
  seastool tap --listen :6080 --to 10.0.0.5:5080

\b
Stand in for one side:
  seastool appserver --connect 10.0.0.5:5080 --name app_server_1
  seastool openser invite.sip
  seastool gateway --sip 10.0.0.1:5060
  seastool send uac OPTIONS sip:bob@example.com --name cli
  seastool record trace.pcap > scenario.yaml
  seastool replay trace.pcap --to sip:10.0.0.5:5060
  seastool check openser 10.0.0.5:5080 --junit seas.xml

\b
Exit codes: 0 ok, 1 findings or a failed check, 2 usage, 3 input unreadable or
not SEAS, 4 peer, network, time-out or output that cannot be written,
130 Ctrl-C.
"""

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.command("decode", short_help="Show what is in a capture.")(decode)
app.command("lint", short_help="Check the frames of a capture.")(lint_command)
app.command("ladder", cls=LadderCommand, short_help="Draw the calls of a capture.")(ladder)
app.command("doctor", cls=DoctorCommand, short_help="Say why calls fail, and the cure.")(doctor)
app.command("stats", cls=StatsCommand, short_help="Count what a capture holds.")(stats)
app.command("encode", short_help="Make the event that a server sends.")(encode)
app.command("appserver", cls=AppServerCommand, short_help="Be an application server.")(appserver)
app.command("openser", cls=OpenserCommand, short_help="Be the proxy.")(openser)
app.command("gateway", cls=GatewayCommand, short_help="Be the proxy, with SIP.")(gateway)
app.add_typer(send, name="send", short_help="Send one action through a proxy.")
app.command("record", short_help="Make a scenario of a capture.")(record)
app.command("tap", cls=TapCommand, short_help="Stand between the two, look and change.")(tap)
app.command("replay", cls=ReplayCommand, short_help="Play a recording once more, and compare.")(
    replay
)
app.add_typer(export, name="export", short_help="Write what other tools need to know.")
app.add_typer(check, name="check", short_help="Check a live peer, for CI.")

app.command("completion", short_help="Print a shell's script for completion.")(completion)


def _show_version(wanted: bool) -> None:
    if wanted:
        from seastool import __version__

        print(f"seastool {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True, help=HELP)
def _root(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


def main() -> None:
    """Run the command line. Ends by SystemExit; expected errors are one line on stderr."""
    open_missing_streams()
    prepare_completion()
    try:
        app(prog_name="seastool")
    except SeasError as error:
        _tell(str(error))
        sys.exit(_exit_code(error))
    except BrokenPipeError:
        leave_quietly()
    except OSError as error:  # of reading, whoever reads has made a SeasError
        abandon_output()
        _tell(f"the output cannot be written: {error.strerror or error}")
        sys.exit(PEER)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _tell(message: str) -> None:
    """Of each line who it is from: a scenario has several mistakes, a filter is pointed at."""
    from seastool.render.printable import printable

    for line in message.split("\n"):
        say(printable(line))


def _exit_code(error: SeasError) -> int:
    if isinstance(error, UsageFault):
        return USAGE
    if isinstance(error, PeerFault):
        return PEER
    return FINDINGS if isinstance(error, NotThere | EncodeError) else INPUT
