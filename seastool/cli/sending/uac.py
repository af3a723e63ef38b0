"""``seastool send uac``: a request, and what becomes of it."""

from __future__ import annotations

from typing import Final

from seastool.app.address_text import from_value
from seastool.app.tokens import checked_address, checked_method, checked_uri, checked_value
from seastool.cli.exits import UsageFault
from seastool.cli.sending.run import Task, a_time
from seastool.cli.sending.texts import a_body, some_headers
from seastool.cli.sending.uac_options import UacOptions
from seastool.cli.sending.whole_message import read_message
from seastool.errors import EncodeError
from seastool.net.one_request import OneRequest, Plan
from seastool.net.one_shot import OneShot
from seastool.net.request_draft import Draft, RequestDraft, RequestText
from seastool.seas.dialect import Quirk

_NOT_REPORTED: Final = (
    "Kamailio 3 and later never reports a final response to an application server, and a "
    "provisional one only with tm's pass_provisional_replies=1 (docs/send.md)"
)
_NOT_REFUSED: Final = (
    "OpenSER and OpenSIPS up to 1.4.2 refuse an action without a word: their AC_RES_FAIL never "
    "arrives"
)


def uac_task(wishes: UacOptions) -> Task:
    """Raises: UsageFault, NotSeas."""
    draft = _draft(wishes)
    bye_after = a_time("--bye-after", wishes.bye_after, zero=True) if wishes.bye_after else None
    if draft.method != "INVITE" and (bye_after is not None or wishes.no_ack):
        raise UsageFault("--bye-after and --no-ack are for an INVITE")
    plan = Plan(
        timeout=a_time("--timeout", wishes.timeout),
        wait=a_time("--wait", wishes.wait, zero=True),
        ack=not wishes.no_ack,
        bye_after=bye_after,
        spiral=wishes.spiral,
    )
    return Task(make=lambda endpoint: OneRequest(endpoint, draft, plan), hints=_hints)


def _draft(wishes: UacOptions) -> Draft:
    if wishes.file:
        return RequestText(read_message(wishes.file, raw=wishes.raw, response=False))
    method, uri = wishes.method or "", wishes.uri or ""
    from_, to, call_id = wishes.from_ or "", wishes.to or "", wishes.call_id or ""
    if method in ("ACK", "CANCEL"):
        how = "with seastool send cancel" if method == "CANCEL" else "as a whole, by --file"
        raise UsageFault(f"{method} is no request of its own: send it {how}")
    try:
        checked_method(method)
        checked_uri(uri)
        checked_value("--call-id", call_id)
        if from_:
            from_value(from_, "tag")
        if to:
            checked_address("To", to)
        if wishes.content_type is not None:
            checked_value("--content-type", wishes.content_type)
    except EncodeError as error:
        raise UsageFault(str(error)) from None
    return RequestDraft(
        method=method,
        uri=uri,
        from_=from_,
        to=to,
        call_id=call_id,
        cseq=wishes.cseq,
        headers=some_headers(wishes.header or ()),
        body=a_body(wishes.body),
        content_type=wishes.content_type,
    )


def _hints(shot: OneShot) -> list[str]:
    """Why there may be no final response."""
    dialect = shot.container.dialect
    if dialect.has(Quirk.FAILURE_LENGTH_SWAPPED):
        return [_NOT_REFUSED]
    return [_NOT_REPORTED] if dialect.has(Quirk.FINAL_REPLIES_LOST) else []
