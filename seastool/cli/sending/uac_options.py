"""The options of ``seastool send uac``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from seastool.cli.exits import UsageFault, refuse_empty
from seastool.cli.sending.options import Body, ContentType, Header, MessageFile, Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class UacOptions:
    """As they were written."""

    method: Annotated[
        str | None, typer.Argument(metavar="METHOD", help="Such as OPTIONS.", show_default=False)
    ] = None
    uri: Annotated[
        str | None,
        typer.Argument(metavar="URI", help="Such as sip:bob@example.com.", show_default=False),
    ] = None
    from_: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="ADDRESS", help="URI, or a whole value, with a tag if it has one."
        ),
    ] = None
    to: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="By default the URI. A tag: in a dialog.")
    ] = None
    header: Header = None
    body: Body = None
    content_type: ContentType = None
    cseq: Annotated[
        int | None, typer.Option(min=0, max=2**31 - 1, metavar="N", help="By default 2.")
    ] = None
    call_id: Annotated[str | None, typer.Option(metavar="ID", help="By default a new one.")] = None
    file: MessageFile = None
    raw: Raw = False
    spiral: Annotated[
        bool, typer.Option("--spiral", help="Through the proxy's own script (wants --bind).")
    ] = False
    timeout: Annotated[
        str, typer.Option(metavar="TIME", help="For the final response, since sending.")
    ] = "35s"
    no_ack: Annotated[bool, typer.Option("--no-ack", help="Do not ACK a 2xx to an INVITE.")] = False
    bye_after: Annotated[
        str | None, typer.Option(metavar="TIME", help="End an answered call after that time.")
    ] = None
    wait: Annotated[
        str, typer.Option(metavar="TIME", help="For a failure of an ACK, which gets no response.")
    ] = "1s"

    def __post_init__(self) -> None:
        refuse_empty(
            method=self.method,
            uri=self.uri,
            to=self.to,
            header=self.header,
            content_type=self.content_type,
            call_id=self.call_id,
            file=self.file,
            timeout=self.timeout,
            bye_after=self.bye_after,
            wait=self.wait,
            **{"from": self.from_},
        )
        parts = (
            self.method,
            self.uri,
            self.from_,
            self.to,
            self.header,
            self.body,
            self.content_type,
            self.cseq,
            self.call_id,
        )
        if self.file and any(part is not None for part in parts):
            raise UsageFault(
                "--file is the whole request: no METHOD, URI and other parts beside it"
            )
        if not self.file and (self.method is None or self.uri is None):
            raise UsageFault("METHOD and URI say what to send, or --file does")
        if self.raw and not self.file:
            raise UsageFault("--raw is for a --file")
