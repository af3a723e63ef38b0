"""The options of ``seastool send reply``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from seastool.cli.exits import UsageFault, refuse_empty
from seastool.cli.sending.options import (
    Body,
    ContentType,
    Header,
    MessageFile,
    Raw,
    Transaction,
    Wait,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyOptions:
    """As they were written."""

    transaction: Transaction
    status: Annotated[
        int | None,
        typer.Argument(metavar="STATUS", min=100, max=699, help="Such as 486.", show_default=False),
    ] = None
    reason: Annotated[
        str | None,
        typer.Argument(metavar="REASON", help="By default the usual one.", show_default=False),
    ] = None
    to_tag: Annotated[
        str | None,
        typer.Option(
            metavar="TAG", help="The same in all replies of a transaction; by default new."
        ),
    ] = None
    header: Header = None
    body: Body = None
    content_type: ContentType = None
    file: MessageFile = None
    raw: Raw = False
    wait: Wait = "1s"

    def __post_init__(self) -> None:
        refuse_empty(
            to_tag=self.to_tag,
            header=self.header,
            content_type=self.content_type,
            file=self.file,
            wait=self.wait,
        )
        parts = (self.status, self.reason, self.to_tag, self.header, self.body, self.content_type)
        if self.file and any(part is not None for part in parts):
            raise UsageFault("--file is the whole response: no STATUS and other parts beside it")
        if not self.file and self.status is None:
            raise UsageFault("STATUS says what to reply, or --file does")
        if self.raw and not self.file:
            raise UsageFault("--raw is for a --file")
