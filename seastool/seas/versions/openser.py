"""OpenSER 1.2 and 1.3."""

from typing import Final

from seastool.seas import dialect_numbers as numbers
from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.types import Layout
from seastool.seas.versions.changes import Change, Steps
from seastool.sip.grammar import OPENSER_1_2

FIRST: Final = Dialect(
    name="openser-1.2.0-dev15",
    id="D0",
    layout=Layout.A,
    header_types=numbers.HEADERS_OPENSER_1_2,
    methods=numbers.METHODS_OPENSER,
    transports=numbers.TRANSPORTS_FIRST,
    mime_types=numbers.MIME_TYPES,
    mime_subtypes=numbers.SUBTYPES_OPENSER_1_2,
    header_prefix=4,
    grammar=OPENSER_1_2,
    quirks=frozenset(
        {
            Quirk.SHORT_PREFIX,
            Quirk.LONG_HEADER_REFUSED,
            Quirk.DISPLAY_NAME_KEEPS_QUOTES,
            Quirk.REWRITTEN_REQUEST_URI,
            Quirk.USER_PHONE_IS_TEL,
            Quirk.CODE_MAY_BE_ZERO,
            Quirk.FAILURE_LENGTH_SWAPPED,
            Quirk.TWO_ACCEPTS_KILL,
            Quirk.OTHER_SCHEME_KILLS,
        }
    ),
)
_D0_END: Final[Change] = {
    "id": "D1",
    "header_prefix": 5,
    "without": {
        Quirk.SHORT_PREFIX,
        Quirk.LONG_HEADER_REFUSED,
        Quirk.DISPLAY_NAME_KEEPS_QUOTES,
        Quirk.REWRITTEN_REQUEST_URI,
        Quirk.USER_PHONE_IS_TEL,
    },
}
STEPS: Final[Steps] = [
    ("1.2.0-dev15", {}),
    ("1.2.0", _D0_END),
    (
        "1.3.0",
        {
            "id": "D2",
            "header_types": numbers.HEADERS_OPENSER_1_3,
            "mime_subtypes": numbers.SUBTYPES_OPENSER_1_3,
            "parser": {"unknown_method_ends_list": False},
        },
    ),
]
