"""How a version is told: as its difference from the one before."""

from typing import Any, Final

from seastool.seas.dialect import Quirk

Change = dict[str, Any]
"""Fields of a `Dialect` with their new values; `with_` and `without` name quirks, `parser` options
of the grammar."""
Steps = list[tuple[str, Change]]
"""(first version, what changes there). A fix that went into several branches at once has one line
a branch."""

_NO_SWAP: Final[Change] = {
    "without": {Quirk.FAILURE_LENGTH_SWAPPED},
    "parser": {"uri_first_at_refused": True, "subtype_characters": "_"},
}
COMMON_TRUNK: Final[Steps] = [
    ("1.4.0", {"parser": {"user_phone_any_case": True}}),
    ("1.4.3", _NO_SWAP),
]
"""What OpenSIPS and the first Kamailio have in common after OpenSER 1.3."""
