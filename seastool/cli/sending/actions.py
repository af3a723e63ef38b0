"""``seastool send reply``, ``cancel`` and ``stateless``: actions that no proxy answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seastool.cli.sending.forecast import deadly
from seastool.cli.sending.reply_options import ReplyOptions
from seastool.cli.sending.run import Task, a_time
from seastool.cli.sending.texts import (
    a_body,
    a_transaction,
    cancel_text,
    reply_text,
    some_headers,
)
from seastool.cli.sending.whole_message import read_message
from seastool.net.app_endpoint import CURRENT, AppServerEndpoint
from seastool.net.one_action import OneAction
from seastool.seas.dialects import lookup
from seastool.seas.frames import AcCancel, Action, Reply, SlMsg
from seastool.seas.types import ActionType

_FIRST_FINAL: Final = 200
_MOST_UAC_IDS: Final = 1 << 31
_GUESSED: Final = " (in Kamailio's layout; OpenSER and OpenSIPS want --dialect)"


def reply_task(wishes: ReplyOptions) -> Task:
    """Raises: UsageFault, NotSeas."""
    hash_index, label = a_transaction(wishes.transaction)
    wait = a_time("--wait", wishes.wait, zero=True)
    headers, body = some_headers(wishes.header or ()), a_body(wishes.body)
    text = b""
    if wishes.file:
        text = read_message(wishes.file, raw=wishes.raw, response=True)
    status = wishes.status or _status(text)

    def action(new_id: Callable[[], str]) -> Action:
        return Reply(
            type=ActionType.REPLY_FIN if status >= _FIRST_FINAL else ActionType.REPLY_PROV,
            hash_index=hash_index,
            label=label,
            text=text
            or reply_text(
                status,
                wishes.reason,
                to_tag=wishes.to_tag or "",
                new_tag=new_id(),
                headers=headers,
                body=body,
                content_type=wishes.content_type,
            ),
        )

    told = f"sent {status} to {wishes.transaction}; a proxy never says whether it took a reply"
    return _task(action, wait, told, raw=wishes.raw, layout_told=True)


def _status(text: bytes) -> int:
    """That of a text; that of any final response where it has none."""
    words = text.split(maxsplit=2)
    code = words[1] if len(words) > 1 else b""
    return int(code) if len(code) == 3 and code.isdigit() else _FIRST_FINAL


def cancel_task(transaction: str, uac_id: int | None, wait: str) -> Task:
    """Raises: UsageFault."""
    hash_index, label = a_transaction(transaction)
    seconds = a_time("--wait", wait, zero=True)

    def action(new_id: Callable[[], str]) -> Action:
        own = int(new_id(), 16) % _MOST_UAC_IDS if uac_id is None else uac_id
        return AcCancel(uac_id=own, hash_index=hash_index, label=label, text=cancel_text(new_id()))

    told = f"sent; nothing within {seconds:g} s says whether {transaction} was cancelled"
    return _task(action, seconds, told, raw=False)


def stateless_task(file: str, *, raw: bool, wait: str) -> Task:
    """Raises: UsageFault, NotSeas."""
    seconds = a_time("--wait", wait, zero=True)
    text = read_message(file, raw=raw, response=None)
    told = "sent; a proxy never says what became of it"
    return _task(lambda _: SlMsg(text=text), seconds, told, raw=raw)


def _task(
    action: Callable[[Callable[[], str]], Action],
    wait: float,
    told: str,
    *,
    raw: bool,
    layout_told: bool = False,
) -> Task:
    """layout_told: say how it was laid out if nobody said. Raises: UsageFault for what would end
    a real proxy, unless it is raw."""
    if not raw:
        deadly(action(lambda: "0"), lookup(CURRENT))

    def make(endpoint: AppServerEndpoint) -> OneAction:
        made = action(endpoint.new_id)
        options = endpoint.options
        made.processor_id = options.processor_id
        is_guessed = layout_told and options.dialect is None and not options.probe
        return OneAction(endpoint, made, wait=wait, text=told + _GUESSED * is_guessed)

    return Task(make=make)
