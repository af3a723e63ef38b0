"""``seastool send``: one action to a proxy by hand, and what comes back."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from seastool.cli.exits import refuse_empty
from seastool.cli.grouped import FAULTS, SHOWING, grouped
from seastool.cli.option_record import with_records
from seastool.cli.sending import options
from seastool.cli.sending.options import SendOptions
from seastool.cli.sending.reply_options import ReplyOptions
from seastool.cli.sending.uac_options import UacOptions

U32 = 2**32 - 1

HELP = """Send one action through a proxy, as a short-lived application server, and show what comes
back.

\b
Examples:
  seastool send uac OPTIONS sip:bob@example.com --name cli
  seastool send uac --file invite.sip --bye-after 2s -v
  seastool send reply 42133:1282632720 486 --to-tag a7c1

\b
Exit codes: 0 final 2xx, or sent where nothing can come back; 1 final 3xx to
6xx, or refused by the proxy; 2 usage; 3 a file that cannot be read or is no
SIP; 4 no connection, no final response; 130 Ctrl-C. All of it: docs/send.md.
"""

app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)

Command: Final = grouped(
    {
        "What it sends": "from_ to header body content_type cseq call_id to_tag uac_id file raw "
        "spiral timeout no_ack bye_after wait",
        "Connection": "connect name connect_timeout bind processor_id dialect probe",
    },
    FAULTS,
    SHOWING,
)


@app.command("uac", cls=Command, short_help="Send a request, show its responses (UAC_REQ).")
@with_records
def uac(wishes: UacOptions, shared: SendOptions) -> None:
    """Send a request in a client transaction of its own (UAC_REQ) and show its responses.

    An INVITE gets the ACK of its 2xx, and is cancelled if it rings when the time is over.

    \b
    Examples:
      seastool send uac OPTIONS sip:bob@example.com --from sip:alice@example.com
      seastool send uac INVITE sip:bob@example.com --body offer.sdp --bye-after 5s
      seastool send uac --file request.sip
    """
    from seastool.cli.sending.run import run
    from seastool.cli.sending.uac import uac_task

    run(shared, uac_task(wishes))


@app.command("reply", cls=Command, short_help="Reply to a transaction (REPLY_PROV, REPLY_FIN).")
@with_records
def reply(wishes: ReplyOptions, shared: SendOptions) -> None:
    """Reply to a transaction of the proxy's (REPLY_PROV, REPLY_FIN).

    The proxy takes status, reason, To tag, body and other headers, and never says whether it did.

    \b
    Examples:
      seastool send reply 42133:1282632720 180 --to-tag a7c1
      seastool send reply 42133:1282632720 200 --to-tag a7c1 --body answer.sdp
      seastool send reply 42133:1282632720 --file response.sip
    """
    from seastool.cli.sending.actions import reply_task
    from seastool.cli.sending.run import run

    run(shared, reply_task(wishes))


@app.command("cancel", cls=Command, short_help="Cancel an INVITE that was sent (AC_CANCEL).")
@with_records
def cancel(
    shared: SendOptions,
    transaction: options.Transaction,
    uac_id: Annotated[
        int | None,
        typer.Option(min=0, max=U32, metavar="N", help="Of the CANCEL; by default a new one."),
    ] = None,
    wait: options.Wait = "1s",
) -> None:
    """Cancel an INVITE that an application server has sent (AC_CANCEL).

    \b
    Examples:
      seastool send cancel 42133:1282632720
    """
    refuse_empty(wait=wait)

    from seastool.cli.sending.actions import cancel_task
    from seastool.cli.sending.run import run

    run(shared, cancel_task(transaction, uac_id, wait))


@app.command("stateless", cls=Command, short_help="Send without a transaction (SL_MSG).")
@with_records
def stateless(
    shared: SendOptions,
    file: Annotated[
        str,
        typer.Option(
            "--file", "-f", metavar="FILE", help="A whole SIP message, - for standard input."
        ),
    ],
    raw: options.Raw = False,
    wait: options.Wait = "1s",
) -> None:
    """Send a SIP message without a transaction (SL_MSG). Nothing ever comes back.

    \b
    Examples:
      seastool send stateless --file message.sip
    """
    refuse_empty(file=file, wait=wait)

    from seastool.cli.sending.actions import stateless_task
    from seastool.cli.sending.run import run

    run(shared, stateless_task(file, raw=raw, wait=wait))
