"""What a real proxy will refuse, change or die of: told before the action goes out.

The action is tried on the same model of the proxy's transactions that ``seastool openser`` has.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Final

from seastool.cli.exits import UsageFault
from seastool.errors import SeasError
from seastool.seas.builder import Receive
from seastool.seas.codec import encode_frame
from seastool.seas.connection.action_reader import MAX_ACTION
from seastool.seas.dialect import Dialect
from seastool.seas.frames import AcCancel, Action, Bind, Reply
from seastool.seas.handshake import ListeningSocket
from seastool.seas.openser import (
    DrawnIdentifiers,
    Event,
    Mistake,
    Outcome,
    Transactions,
    behave_like,
)

_SOCKET: Final = ListeningSocket(protocol=1, name=b"127.0.0.1", address=b"127.0.0.1", port=5060)
_REQUEST: Final = (
    b"OPTIONS sip:a@127.0.0.1 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK1\r\n"
    b"From: <sip:b@127.0.0.1>;tag=1\r\nTo: <sip:a@127.0.0.1>\r\n"
    b"Call-ID: 1\r\nCSeq: 2 OPTIONS\r\nContent-Length: 2\r\n\r\n\r\n"
)
_DEADLY: Final = {
    "reply-without-to": "a real proxy crashes on a reply without To",
    "sl-without-via": "a real proxy crashes on a message without Via",
}


def deadly(action: Action, dialect: Dialect) -> None:
    """Raises: UsageFault for what would end a real proxy, unless it is wanted so."""
    for found in _mistakes(action, dialect, bound=True):
        if found.rule in _DEADLY:
            raise UsageFault(f"{_DEADLY[found.rule]}: add one, or send it with --raw")


def warnings(action: Action, dialect: Dialect, *, bound: bool) -> list[str]:
    """A line for each thing that the proxy of that dialect refuses or changes."""
    found = [
        _without_name(one.message)
        for one in _mistakes(action, dialect, bound=bound)
        if one.severity != "info"
    ]
    size = len(encode_frame(action, dialect.layout))
    if size > MAX_ACTION:
        told = f"an action of {size} bytes: a proxy reads {MAX_ACTION} at most, then it closes"
        found.append(f"{told}; shorten the message")
    return found


def _without_name(message: str) -> str:
    """Without which action it is: there is only one."""
    start, colon, rest = message.partition(": ")
    return rest if colon and start.startswith("UAC_REQ ") else message


def _mistakes(action: Action, dialect: Dialect, *, bound: bool) -> list[Mistake]:
    if isinstance(action, AcCancel):
        return []  # its text is made here
    proxy = Transactions(
        DrawnIdentifiers(random.Random(0)),
        behaviour=behave_like(dialect.name),
        sockets=[_SOCKET],
    )
    try:
        return [one for one in _tried(proxy, action, bound) if isinstance(one, Mistake)]
    except SeasError:
        return []


def _tried(proxy: Transactions, action: Action, bound: bool) -> list[Outcome]:
    if bound:
        address = bytes((127, 0, 0, 1))
        proxy.action(
            Bind(processor_id=action.processor_id, address=address, protocol=1, port=5060), 0.0
        )
    if isinstance(action, Reply):
        action = _replying(proxy, action)
    return proxy.action(action, 0.0)


def _replying(proxy: Transactions, reply: Reply) -> Reply:
    """The reply to a transaction that the model has."""
    for one in proxy.request(_REQUEST, Receive(), 0.0, processor_id=1):
        if isinstance(one, Event) and one.hash_index is not None and one.label is not None:
            return replace(reply, hash_index=one.hash_index, label=one.label)
    return reply
