"""OpenSIPS, from its first version on."""

from typing import Final

from seastool.seas import dialect_numbers as numbers
from seastool.seas.dialect import Quirk
from seastool.seas.versions.changes import COMMON_TRUNK, Steps
from seastool.sip.grammar import (
    MIME_ALPHANUMERIC,
    MIME_LETTERS,
    ExpiresText,
    HeaderNames,
    UserPhone,
    ViaParams,
)

STEPS: Final[Steps] = [
    *COMMON_TRUNK,
    ("1.4.5", {"max_event": 32000}),
    ("1.5.0", {}),
    (
        "1.6.0",
        {
            "id": "D3",
            "parser": {
                "contacts_last_first": False,
                "contact_star_alone": True,
                "parameters_last_first": False,
                "display_name_semicolon": True,
                "expires_text": ExpiresText.DIGITS,
            },
        },
    ),
    (
        "1.6.1",
        {"with_": {Quirk.CONTENT_TYPE_GARBAGE}, "parser": {"content_type_parameters": True}},
    ),
    ("1.6.2", {"parser": {"quoted_value_loses_last": False}}),
    ("1.6.3", {"without": {Quirk.CONTENT_TYPE_GARBAGE}, "with_": {Quirk.CONTENT_TYPE_OF_FIRST}}),
    (
        "1.7.0",
        {
            "id": "D4",
            "header_types": numbers.HEADERS_OPENSIPS_1_7,
            "mime_subtypes": numbers.SUBTYPES_OPENSIPS_1_7,
            "parser": {"quoted_value_escapes": True},
        },
    ),
    (
        "1.8.0",
        {
            "header_types": numbers.HEADERS_OPENSIPS_1_8,
            "with_": {Quirk.CONTENT_LENGTH_REQUIRED},
        },
    ),
    ("1.8.1", {"parser": {"via_params": ViaParams.EACH}}),
    ("1.8.2", {"parser": {"via_host_checked": True}}),
    (
        "1.8.3",
        {
            "parser": {
                "header_names": HeaderNames.WORDS,
                "path_needs_colon": False,
                "mime_characters": MIME_ALPHANUMERIC,
            }
        },
    ),
    ("1.8.4", {"parser": {"content_length_signed": True}}),
    ("1.8.7", {"parser": {"contact_empty_refused": True}}),
    (
        "1.9.0",
        {
            "transports": numbers.TRANSPORTS_OTHER_5,
            "parser": {
                "via_other_transports": True,
                "mime_characters": MIME_LETTERS,
                "content_length_signed": False,
                "contact_empty_refused": False,
            },
        },
    ),
    ("1.9.1", {"parser": {"mime_characters": MIME_ALPHANUMERIC}}),
    ("1.9.2", {"parser": {"content_length_signed": True}}),
    ("1.10.0", {"parser": {"content_length_signed": False}}),
    ("1.10.1", {"parser": {"content_length_signed": True}}),
    ("1.10.4", {"parser": {"contact_empty_refused": True}}),
    ("1.11.0", {"parser": {"contact_empty_refused": False}}),
    ("1.11.4", {"parser": {"contact_empty_refused": True}}),
    ("1.11.10", {"parser": {"info_second_letter_free": False}}),
    (
        "2.1",
        {
            "transports": numbers.TRANSPORTS_OPENSIPS_2_1,
            "with_": {Quirk.SOCKETS_LABELLED_UDP},
            "parser": {"info_second_letter_free": True},
        },
    ),
    (
        "2.2",
        {
            "transports": numbers.TRANSPORTS_OPENSIPS_2_2,
            "parser": {"refer_ends_in_capital": False},
        },
    ),
    ("2.2.3", {"parser": {"info_second_letter_free": False}}),
    ("2.2.5", {"parser": {"user_phone": UserPhone.NOTHING}}),
    (
        "2.3",
        {
            "id": "D5",
            "max_name": 14,
            "with_": {Quirk.INVITE_CODE_ZERO},
            "without": {Quirk.CODE_MAY_BE_ZERO},
            "parser": {"user_phone": UserPhone.HOISTS},
        },
    ),
    ("2.3.1", {"parser": {"user_phone": UserPhone.NOTHING}}),
    ("2.4", {}),
    ("3.0", {"transports": numbers.TRANSPORTS_OPENSIPS_3_0}),
]
