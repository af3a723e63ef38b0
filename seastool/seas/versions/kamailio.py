"""Kamailio: 1.4 and 1.5, made of OpenSER, and 3.1 and later, made of SER."""

from typing import Final

from seastool.seas import dialect_numbers as numbers
from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.types import Layout
from seastool.seas.versions.changes import COMMON_TRUNK, Change, Steps
from seastool.sip.grammar import (
    COMPACT_KAMAILIO,
    KAMAILIO_3_1,
    MIME_LETTERS,
    MIME_TOKENS,
    AddressComma,
    ContactTail,
    HeaderNames,
    ViaParams,
)

FIRST: Final = Dialect(
    name="kamailio-3.1",
    id="D6",
    layout=Layout.B,
    header_types=numbers.HEADERS_KAMAILIO_3_1,
    methods=numbers.METHODS_KAMAILIO_3,
    transports=numbers.TRANSPORTS_FIRST,
    mime_types=numbers.MIME_TYPES,
    mime_subtypes=numbers.SUBTYPES_KAMAILIO_3,
    grammar=KAMAILIO_3_1,
    quirks=frozenset(
        {
            Quirk.LONG_HEADER_PREFIX_ONLY,
            Quirk.CODE_MAY_BE_ZERO,
            Quirk.FINAL_REPLIES_LOST,
            Quirk.QUOTED_POINTERS_TAKE_QUOTES,
            Quirk.TWO_ACCEPTS_KILL,
            Quirk.OTHER_SCHEME_KILLS,
        }
    ),
)
OLD: Final[Steps] = [*COMMON_TRUNK, ("1.5.0", {})]

_MENDED_2021: Final[Change] = {
    "with_": {Quirk.CONTENT_LENGTH_ZERO_REFUSED},
    "parser": {
        "address_comma": AddressComma.REFUSED,
        "contact_semicolon_ends_name": True,
        "contact_tail": ContactTail.SHORTER,
        "content_length_folds": True,
        "content_length_bounded": True,
    },
}
_NOT_MENDED: Final[Change] = {
    "without": {Quirk.CONTENT_LENGTH_ZERO_REFUSED},
    "parser": {
        "address_comma": AddressComma.TAG_SKIPS,
        "contact_semicolon_ends_name": False,
        "contact_tail": ContactTail.LONGER,
        "content_length_folds": False,
        "content_length_bounded": False,
    },
}
_WITH_PORTS: Final[Change] = {"uri_port_bounded": True}
STEPS: Final[Steps] = [
    ("3.1", {}),
    ("3.2", {"transports": numbers.TRANSPORTS_OTHER_5}),
    ("3.3", {"id": "D7", "header_types": numbers.HEADERS_KAMAILIO_3_3}),
    ("4.0", {"transports": numbers.TRANSPORTS_KAMAILIO_4_0}),
    ("4.0.7", {"parser": {"retry_after_comment": True}}),
    (
        "4.1",
        {
            "mime_subtypes": numbers.SUBTYPES_KAMAILIO_4_1,
            "parser": {
                "address_comma": AddressComma.TAG_SKIPS,
                "retry_after_comment": False,
            },
        },
    ),
    ("4.1.6", {"parser": {"empty_value_at_line_end": True}}),
    ("4.2", {"parser": {"retry_after_comment": True}}),
    ("4.2.8", {"with_": {Quirk.EVENT_SIZE_CHECKED}}),
    ("4.3", {"without": {Quirk.EVENT_SIZE_CHECKED}}),
    ("4.3.5", {"with_": {Quirk.EVENT_SIZE_CHECKED}}),
    (
        "4.3.7",
        {"parser": {"mime_characters": MIME_TOKENS, "retry_after_swallows_cr": False}},
    ),
    ("4.4", {"without": {Quirk.CODE_MAY_BE_ZERO}, "parser": {"mime_characters": MIME_LETTERS}}),
    ("4.4.6", {"parser": {"mime_characters": MIME_TOKENS}}),
    (
        "5.0",
        {
            "id": "D8",
            "header_types": numbers.HEADERS_KAMAILIO_5_0,
            "parser": {"mime_characters": MIME_LETTERS},
        },
    ),
    ("5.0.1", {"parser": {"mime_characters": MIME_TOKENS}}),
    ("5.1", {"header_types": numbers.HEADERS_KAMAILIO_5_1}),
    ("5.1.9", {"parser": {"contact_empty_refused": True}}),
    (
        "5.2",
        {
            "id": "D9",
            "methods": numbers.METHODS_KAMAILIO_5_2,
            "parser": {
                "contact_empty_refused": False,
                "uri_host_checked": True,
                "extended_methods": True,
            },
        },
    ),
    ("5.2.3", {"parser": {"contact_empty_refused": True}}),
    ("5.3", {}),
    ("5.3.9", {**_MENDED_2021, "parser": {**_MENDED_2021["parser"], **_WITH_PORTS}}),
    ("5.4", {**_NOT_MENDED, "parser": {**_NOT_MENDED["parser"], "uri_port_bounded": False}}),
    ("5.4.5", {"parser": _WITH_PORTS}),
    ("5.4.7", _MENDED_2021),
    (
        "5.5",
        {
            **_NOT_MENDED,
            "parser": {
                **_NOT_MENDED["parser"],
                "header_names": HeaderNames.TOKENS,
                "compact_names": COMPACT_KAMAILIO,
                "duplicates_refused": True,
                "number_bounded": True,
            },
        },
    ),
    ("5.5.3", _MENDED_2021),
    ("5.5.5", {"parser": {"uri_lone_at_refused": True}}),
    ("5.6", {"parser": {"requests_checked": True}}),
    ("5.6.5", {"parser": {"via_params": ViaParams.LAST}}),
    ("5.7", {"parser": {"via_params": ViaParams.CUT_SHORT}}),
    ("5.7.2", {"parser": {"via_params": ViaParams.LAST}}),
    ("5.7.5", {"parser": {"contact_short_refused": True}}),
    (
        "5.8",
        {
            "parser": {
                "contact_short_refused": False,
                "contacts_last_first": False,
                "via_quoted_comma": True,
            }
        },
    ),
    ("5.8.2", {"parser": {"contact_short_refused": True}}),
    ("6.0", {}),
    ("6.0.4", {"parser": {"from_parsed_first": True}}),
    ("6.1", {}),
    ("6.2", {}),
]
