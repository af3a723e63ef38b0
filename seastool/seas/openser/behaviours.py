"""Every known proxy's behaviour: each version range as its difference from the one before.

`behave_like` finds it by a proxy's name, `usable` is a current proxy without faults.
Source: running servers, and the sources of tm and seas by tag. They are shown in
docs/protocol.md: How servers differ, What servers get wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from seastool.seas import dialects
from seastool.seas.dialect import Dialect
from seastool.seas.openser.behaviour import (
    AckEvent,
    AckText,
    Behaviour,
    Brackets,
    CancelText,
    MaxForwards,
    Unresolvable,
)
from seastool.seas.openser.faults import FAULTS, Fault

F = Fault
Change = dict[str, Any]
Steps = list[tuple[str, Change]]

_ALL: Final = frozenset(
    {
        F.STATELESS_RESPONSE_LOST,
        F.LONG_ACTION_CLOSES,
        F.UNKNOWN_EVENT_ACTION_BLOCKS,
        F.NAME_IN_ONE_PIECE,
        F.HALF_OPEN_SLOTS,
        F.REPLY_WITHOUT_TO_CRASH,
        F.REPLY_TO_UAC_CRASH,
        F.STATELESS_WITHOUT_VIA_CRASH,
        F.ACTION_LENGTH_ZERO_LOOPS,
        F.SPINNING_RACE,
    }
)
_OPENSER_FAULTS: Final = _ALL | {F.ONE_ACTION_PER_READ, F.LENGTH_SIGN_EXTENDED}
_KAMAILIO_FAULTS: Final = _ALL | {
    F.PROVISIONAL_REPLIES_LOST,
    F.CANCEL_REPLIES_FAKED,
    F.LONE_UNBIND_WAITS,
    F.MEMORY_CORRUPTION,
}
_TRYING: Final = b"Your call is important to us"
_GIVING_A_TRY: Final = b"Giving a try"

# (first version, what changes there); `known` names faults that come with it.
_OPENSER: Steps = [("1.2.0", {"known": _OPENSER_FAULTS})]
_COMMON_TRUNK: Steps = [
    ("1.4.0", {"display_names": True, "brackets": Brackets.NAME_OR_TAG}),
    ("1.4.2", {"ack_2xx": AckEvent.STATELESS}),
    ("1.4.3", {"cancel_unknown_told": False, "known": {F.REPLY_UNKNOWN_CRASH}}),
]
_OPENSIPS: Steps = [
    *_OPENSER,
    *_COMMON_TRUNK,
    ("1.5.0", {"ack_2xx": AckEvent.NOTHING}),
    ("1.6.0", {"ack_times_out": False}),
    ("1.6.2", {"name_separator": b" "}),
    ("1.8.0", {"max_forwards": MaxForwards.ALWAYS, "body_overruns": False}),
    ("1.8.1", {"cancel_text": CancelText.TM}),
    ("1.11.7", {"trying": _GIVING_A_TRY}),
    ("2.1", {"trying": _TRYING}),
    ("2.1.3", {"trying": _GIVING_A_TRY}),
    ("2.3", {"known": {F.ACK_CRASH}}),
]
_SER_CORE: Change = {
    "known": _KAMAILIO_FAULTS,
    "ack_unmatched": AckEvent.NOTHING,
    "waits_from_relay": True,
    "fewer_routes_refused": False,
    "first_cseq": 10,
    "spiral_sent_home": False,
    "unresolvable": Unresolvable(-7, b"I'm terribly sorry, server error occurred (7/SEAS/UAC)"),
    "cancel_unknown_told": False,
    "ack_times_out": False,
    "ack_text": AckText.COPIED,
}
_KAMAILIO: Steps = [
    ("3.1", _SER_CORE),
    ("4.0", {"max_forwards": MaxForwards.MISSING}),
    ("4.1.7", {"brackets": Brackets.ALWAYS}),
    ("6.1.2", {"display_names": True, "name_separator": b" "}),
]
_SIGNATURES: Final = {
    "openser": b"OpenSER (%s-notls (x86_64/linux))",
    "opensips": b"OpenSIPS (%s-notls (x86_64/linux))",
    "kamailio": b"kamailio (%s (x86_64/linux))",
}
_LAST_OPENSER_CORE: Final = (1, 5, 99)  # Kamailio 1.4 and 1.5, before the SER core


def _release(version: str) -> tuple[int, ...]:
    """``1.2.0-dev15`` -> (1, 2, 0): a development version behaves as its release."""
    parts = [int(part) for part in version.partition("-")[0].split(".")]
    return (*parts, 0, 0)[:3]


def _steps(family: str, version: tuple[int, ...]) -> Steps:
    if family == "opensips":
        return _OPENSIPS
    if family == "openser":
        return _OPENSER
    if version <= _LAST_OPENSER_CORE:
        return [*_OPENSER, *_COMMON_TRUNK]
    return _KAMAILIO


def ranges() -> list[str]:
    """The first version of every range of servers that speak and behave alike, oldest first, by
    family."""
    families = {"openser": _OPENSER, "opensips": _OPENSIPS, "kamailio": _COMMON_TRUNK + _KAMAILIO}
    found = []
    for family, steps in families.items():
        known = [name for name in dialects.names() if name.startswith(f"{family}-")]
        taken = {_release(name.partition("-")[2]) for name in known}
        more = [first for first, _ in steps if min(taken) < _release(first)]
        known += [f"{family}-{first}" for first in more if _release(first) not in taken]
        found += sorted(known, key=lambda name: _release(name.partition("-")[2]))
    return found


def _plain(dialect: Dialect) -> Behaviour:
    """The behaviour of a dialect's server, no fault on."""
    family, _, text = dialect.name.partition("-")
    version = _release(text)
    fields: Change = {}
    known: set[Fault] = {f for f, info in FAULTS.items() if info.quirk in dialect.quirks}
    for first, change in _steps(family, version):
        if _release(first) <= version:
            fields |= change
            known |= set(change.get("known", ()))
    fields["known"] = frozenset(known)
    fields["signature"] = _SIGNATURES[family] % text.encode()
    return Behaviour(dialect=dialect, server=dialect.name, **fields)


def _with(behaviour: Behaviour, faults: frozenset[Fault]) -> Behaviour:
    """The same server with exactly these faults on, in its dialect too."""
    quirks = {info.quirk for info in FAULTS.values() if info.quirk is not None}
    on = {info.quirk for f in faults if (info := FAULTS[f]).quirk is not None}
    dialect = behaviour.dialect
    dialect = replace(dialect, quirks=(dialect.quirks - quirks) | frozenset(on))
    return replace(behaviour, dialect=dialect, faults=faults)


@lru_cache(maxsize=64)
def _behaviour(name: str, faults: frozenset[Fault] | None) -> Behaviour:
    # Kept, so that all who behave alike share the dialect and what is cached by it.
    plain = _plain(dialects.lookup(name))
    if faults is None:
        faults = frozenset(fault for fault in plain.known if not FAULTS[fault].ends)
    return _with(plain, faults)


def behave_like(name: str, *, on: Iterable[Fault] = (), off: Iterable[Fault] = ()) -> Behaviour:
    """As that server does: its faults that show on the wire are on, those that end it are not.

    on, off: faults to switch, whether that server has them or not. Raises: UnknownDialect.
    """
    like = _behaviour(name, None)
    return _behaviour(name, (like.faults | frozenset(on)) - frozenset(off))


def usable(name: str = "kamailio", *, on: Iterable[Fault] = ()) -> Behaviour:
    """That server's dialect and ways, but no fault except those named, and it says it is not
    that server. Raises: UnknownDialect."""
    return _usable(name, frozenset(on))


@lru_cache(maxsize=64)
def _usable(name: str, on: frozenset[Fault]) -> Behaviour:
    return replace(_behaviour(name, on), signature=b"seastool")
