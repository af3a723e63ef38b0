"""``seastool send``: one action to a proxy by hand, and what comes back."""

from __future__ import annotations

from typing import Annotated

import typer

from seastool.cli.exits import UsageFault, refuse_empty
from seastool.cli.sending import options
from seastool.cli.sending.options import Common, with_common

U32 = 2**32 - 1

HELP = """Send one action through a proxy, as a short-lived application server, and show what comes
back.

\b
Examples:
  seastool send uac OPTIONS sip:bob@example.com --name cli
  seastool send uac --file invite.sip --bye-after 2s -v
  seastool send reply 42133:1282632720 486 --to-tag a7c1

\b
Exit codes: 0 final 2xx, or sent where nothing can come back; 1 final 3xx to 6xx, or refused by the
proxy; 2 usage; 3 a file that cannot be read or is no SIP; 4 no connection, no final response;
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

Transaction = Annotated[
    str, typer.Argument(metavar="HASH:LABEL", help="The transaction, as the list shows it.")
]


@app.command("uac")
@with_common
def uac(
    common: Common,
    method: Annotated[
        str | None, typer.Argument(metavar="METHOD", help="Such as OPTIONS.", show_default=False)
    ] = None,
    uri: Annotated[
        str | None,
        typer.Argument(metavar="URI", help="Such as sip:bob@example.com.", show_default=False),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="ADDRESS", help="URI, or a whole value, with a tag if it has one."
        ),
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="By default the URI. A tag: in a dialog.")
    ] = None,
    header: options.Header = None,
    body: options.Body = None,
    content_type: options.ContentType = None,
    cseq: Annotated[
        int | None, typer.Option(min=0, max=2**31 - 1, metavar="N", help="By default 2.")
    ] = None,
    call_id: Annotated[str | None, typer.Option(metavar="ID", help="By default a new one.")] = None,
    file: options.MessageFile = None,
    raw: options.Raw = False,
    spiral: Annotated[
        bool, typer.Option("--spiral", help="Through the proxy's own script (wants --bind).")
    ] = False,
    timeout: Annotated[
        str, typer.Option(metavar="TIME", help="For the final response, since sending.")
    ] = "35s",
    no_ack: Annotated[
        bool, typer.Option("--no-ack", help="Do not ACK a 2xx to an INVITE.")
    ] = False,
    bye_after: Annotated[
        str | None, typer.Option(metavar="TIME", help="End an answered call after that time.")
    ] = None,
    wait: Annotated[
        str, typer.Option(metavar="TIME", help="For a failure of an ACK, which gets no response.")
    ] = "1s",
) -> None:
    """Send a request in a client transaction of its own (UAC_REQ) and show its responses.

    An INVITE gets the ACK of its 2xx, and is cancelled if it rings when the time is over.

    \b
    seastool send uac OPTIONS sip:bob@example.com --from sip:alice@example.com
    seastool send uac INVITE sip:bob@example.com --body offer.sdp --bye-after 5s
    seastool send uac --file request.sip
    """
    refuse_empty(
        method=method,
        uri=uri,
        to=to,
        header=header,
        content_type=content_type,
        call_id=call_id,
        file=file,
        timeout=timeout,
        bye_after=bye_after,
        wait=wait,
        **{"from": from_},
    )
    parts = (method, uri, from_, to, header, body, content_type, cseq, call_id)
    if file and any(part is not None for part in parts):
        raise UsageFault("--file is the whole request: no METHOD, URI and other parts beside it")
    if not file and (method is None or uri is None):
        raise UsageFault("METHOD and URI say what to send, or --file does")
    if raw and not file:
        raise UsageFault("--raw is for a --file")

    from seastool.cli.sending.run import run
    from seastool.cli.sending.uac import UacWishes, uac_task

    run(
        common,
        uac_task(
            UacWishes(
                method=method or "",
                uri=uri or "",
                from_=from_ or "",
                to=to or "",
                headers=header or [],
                body=body,
                content_type=content_type,
                cseq=cseq,
                call_id=call_id or "",
                file=file or "",
                raw=raw,
                spiral=spiral,
                timeout=timeout,
                ack=not no_ack,
                bye_after=bye_after or "",
                wait=wait,
            )
        ),
    )


@app.command("reply")
@with_common
def reply(
    common: Common,
    transaction: Transaction,
    status: Annotated[
        int | None,
        typer.Argument(metavar="STATUS", min=100, max=699, help="100 to 699.", show_default=False),
    ] = None,
    reason: Annotated[
        str | None,
        typer.Argument(metavar="REASON", help="By default the usual one.", show_default=False),
    ] = None,
    to_tag: Annotated[
        str | None,
        typer.Option(
            metavar="TAG", help="The same in all replies of a transaction; by default new."
        ),
    ] = None,
    header: options.Header = None,
    body: options.Body = None,
    content_type: options.ContentType = None,
    file: options.MessageFile = None,
    raw: options.Raw = False,
    wait: options.Wait = "1s",
) -> None:
    """Reply to a transaction of the proxy's (REPLY_PROV, REPLY_FIN).

    The proxy takes status, reason, To tag, body and other headers, and never says whether it did.

    \b
    seastool send reply 42133:1282632720 180 --to-tag a7c1
    seastool send reply 42133:1282632720 200 --to-tag a7c1 --body answer.sdp
    seastool send reply 42133:1282632720 --file response.sip
    """
    refuse_empty(to_tag=to_tag, header=header, content_type=content_type, file=file, wait=wait)
    parts = (status, reason, to_tag, header, body, content_type)
    if file and any(part is not None for part in parts):
        raise UsageFault("--file is the whole response: no STATUS and other parts beside it")
    if not file and status is None:
        raise UsageFault("STATUS says what to reply, or --file does")
    if raw and not file:
        raise UsageFault("--raw is for a --file")

    from seastool.cli.sending.actions import ReplyWishes, reply_task
    from seastool.cli.sending.run import run

    run(
        common,
        reply_task(
            ReplyWishes(
                transaction=transaction,
                status=status or 0,
                reason=reason,
                to_tag=to_tag or "",
                headers=header or [],
                body=body,
                content_type=content_type,
                file=file or "",
                raw=raw,
                wait=wait,
            )
        ),
    )


@app.command("cancel")
@with_common
def cancel(
    common: Common,
    transaction: Transaction,
    uac_id: Annotated[
        int | None,
        typer.Option(min=0, max=U32, metavar="N", help="Of the CANCEL; by default a new one."),
    ] = None,
    wait: options.Wait = "1s",
) -> None:
    """Cancel an INVITE that an application server has sent (AC_CANCEL).

    \b
    seastool send cancel 42133:1282632720
    """
    refuse_empty(wait=wait)

    from seastool.cli.sending.actions import cancel_task
    from seastool.cli.sending.run import run

    run(common, cancel_task(transaction, uac_id, wait))


@app.command("stateless")
@with_common
def stateless(
    common: Common,
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
    seastool send stateless --file message.sip
    """
    refuse_empty(file=file, wait=wait)

    from seastool.cli.sending.actions import stateless_task
    from seastool.cli.sending.run import run

    run(common, stateless_task(file, raw=raw, wait=wait))
