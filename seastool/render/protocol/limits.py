"""Sizes, counts and times of real servers as tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from seastool.render.protocol.servers import held_by, servers
from seastool.seas.connection.action_reader import MAX_ACTION
from seastool.seas.connection.app_server import Timing
from seastool.seas.connection.openser import MAX_HALF_OPEN, MAX_PEERS
from seastool.seas.dialect import Quirk
from seastool.seas.openser.behaviour import MAX_BINDS, MAX_KEPT_HEADERS, Behaviour
from seastool.seas.openser.settings import Settings

_ROWS: Final = (
    (
        "application servers",
        f"{MAX_PEERS}",
        "the proxy writes past its table of connections",
    ),
    (
        "sockets without their partner, on each port",
        f"{MAX_HALF_OPEN}",
        "further ones connect, and get no socket info or a reset",
    ),
    ("bindings of an application server", f"{MAX_BINDS}", "a BIND more is not taken"),
    ("processor ids", "1 to 127", "0 binds nothing; from 128 on requests get 500"),
    (
        "socket info",
        "300 bytes, of which 49 must be free for each socket",
        "with more sockets, or a socket's name over 30 bytes, no application server can connect",
    ),
    (
        "an action",
        f"{MAX_ACTION} bytes",
        "it is never done: the buffer is full, and the proxy takes that for the end",
    ),
    (
        "headers that the proxy keeps of an action's text",
        f"{MAX_KEPT_HEADERS - 1} bytes",
        "one that does not fit is left out; a Record-Route or cut Via ends the action",
    ),
    ("a URI in a message", "255 bytes", "the message is refused (500)"),
    ("starts and lengths of one byte", "255", "they wrap: 256 reads as 0"),
    ("CSeq of a `UAC_REQ`", "32 bits", "the action is dropped without a word"),
)


def limits() -> Iterator[str]:
    """How much of each there may be, and what happens beyond."""
    yield "| what | limit | beyond |\n|---|---|---|\n"
    yield f"| an application server's name | {_sizes('max_name')} "
    yield "| the socket is left open, and nothing is said on it |\n"
    yield f"| an event | {_sizes('max_event')} | [see below](#an-event-that-does-not-fit) |\n"
    for row in _ROWS:
        yield f"| {' | '.join(row)} |\n"
    yield "\n"


def long_headers() -> Iterator[str]:
    """What becomes of a header that starts of one byte cannot point into, by server."""
    refused, bare = Quirk.LONG_HEADER_REFUSED, Quirk.LONG_HEADER_PREFIX_ONLY
    for quirk in (refused, bare):
        yield f"- {held_by(partial(_has, quirk))}: {quirk.value};\n"
    rest = held_by(lambda one: not (_has(refused, one) or _has(bare, one)))
    yield f"- {rest}: the structure is whole, and its starts count from 0 again.\n\n"


def _has(quirk: Quirk, one: Behaviour) -> bool:
    return one.dialect.has(quirk)


def _sizes(field: str) -> str:
    """Each size of a dialect's buffer, with its servers."""
    sizes = dict.fromkeys(getattr(one.dialect, field) for one in servers())
    return "<br>".join(
        f"{size} bytes: {held_by(partial(_has_size, field, size))}" for size in sizes
    )


def _has_size(field: str, size: int, one: Behaviour) -> bool:
    return bool(getattr(one.dialect, field) == size)


def times() -> Iterator[str]:
    """How long each thing takes or may take, as the proxies ship."""
    proxy, opening = Settings(), Timing()
    from_relay = held_by(lambda one: one.waits_from_relay)
    from_final = held_by(lambda one: not one.waits_from_relay)
    rows = (
        (
            f"until the final reply to a request: {from_relay}",
            f"{proxy.wait_timer:g} s",
            "tm `wt_timer`",
            "the transaction is gone, the sender hears nothing, a later reply is dropped",
        ),
        (
            f"until the final reply to a request: {from_final}",
            "no end",
            "",
            "the sender has given up long before",
        ),
        (
            "after that, on the latter, to know what is repeated",
            f"{proxy.wait_timer:g} s",
            "tm `wt_timer`",
            "a request that is repeated is a new one",
        ),
        (
            "until a response to a `UAC_REQ`: any to an INVITE, else the final one",
            f"{proxy.fr_timer:g} s",
            "tm `fr_timer`",
            "a faked 408",
        ),
        (
            "until the final response to an INVITE that rings",
            f"{proxy.fr_inv_timer:g} s",
            "tm `fr_inv_timer`",
            "a faked 408, and the proxy cancels the INVITE",
        ),
        (
            "between two steps of the [opening](#opening)",
            f"{opening.pause * 1000:g} ms",
            "the application server",
            "the listener may spin",
        ),
        (
            "between two BINDs, for proxies that do one of each read",
            f"{opening.pause * 1000:g} ms",
            "the application server",
            "the second waits for more bytes",
        ),
        (
            "until a pong",
            "no pings",
            "seas `jain_ping`",
            "the ping counts as lost",
        ),
    )
    yield "| time | as shipped | set by | when it is over |\n|---|---|---|---|\n"
    for row in rows:
        yield f"| {' | '.join(row)} |\n"
    yield "\n"
