"""How a gateway differs from the server whose behaviour it has.

A real server refuses valid messages that its parser or its encoder cannot take. By the RFCs, the
gateway hands over what SEAS can carry of them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from seastool.seas.dialect import Dialect
from seastool.seas.openser.behaviour import Behaviour
from seastool.sip.grammar import HeaderNames


def gateway_behaviour(behaviour: Behaviour, *, by_rfc: bool) -> Behaviour:
    """The behaviour of a gateway. by_rfc: see `Settings`."""
    dialect = _carrying(behaviour.dialect) if by_rfc else behaviour.dialect
    return replace(behaviour, dialect=dialect, waits_from_relay=False)


@lru_cache(maxsize=16)  # so that what is cached by a dialect is shared
def _carrying(dialect: Dialect) -> Dialect:
    """Header names of all characters that a token has, and `Dialect.carries_all`."""
    grammar = replace(dialect.grammar, header_names=HeaderNames.ALL_TOKENS)
    return replace(dialect, grammar=grammar, carries_all=True)
