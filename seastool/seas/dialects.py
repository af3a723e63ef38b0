"""Every known dialect: each version range as its difference from the one before.

`lookup` finds the dialect of a name such as ``kamailio-5.4.2``. Source: DIALECTS.md.
"""

import re
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from seastool.errors import SeasError
from seastool.seas import dialect_numbers as numbers
from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.types import Layout
from seastool.sip.grammar import (
    COMPACT_KAMAILIO,
    KAMAILIO_3_1,
    MIME_ALPHANUMERIC,
    MIME_LETTERS,
    MIME_TOKENS,
    OPENSER_1_2,
    AddressComma,
    ContactTail,
    ExpiresText,
    HeaderNames,
    UserPhone,
    ViaParams,
)

Q = Quirk
Change = dict[str, Any]
Steps = list[tuple[str, Change]]


class UnknownDialect(SeasError):
    """No known proxy and version goes by that name."""


_OPENSER_FIRST: Final = Dialect(
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
            Q.SHORT_PREFIX,
            Q.LONG_HEADER_REFUSED,
            Q.DISPLAY_NAME_KEEPS_QUOTES,
            Q.REWRITTEN_REQUEST_URI,
            Q.USER_PHONE_IS_TEL,
            Q.CODE_MAY_BE_ZERO,
            Q.FAILURE_LENGTH_SWAPPED,
            Q.TWO_ACCEPTS_KILL,
            Q.OTHER_SCHEME_KILLS,
        }
    ),
)
_KAMAILIO_FIRST: Final = Dialect(
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
            Q.LONG_HEADER_PREFIX_ONLY,
            Q.CODE_MAY_BE_ZERO,
            Q.FINAL_REPLIES_LOST,
            Q.QUOTED_POINTERS_TAKE_QUOTES,
            Q.TWO_ACCEPTS_KILL,
            Q.OTHER_SCHEME_KILLS,
        }
    ),
)

# (first version, what changes there): `with_` and `without` name quirks, `parser` options of
# the grammar. A fix that went into several branches at once has one line a branch.
_D0_END: Change = {
    "id": "D1",
    "header_prefix": 5,
    "without": {
        Q.SHORT_PREFIX,
        Q.LONG_HEADER_REFUSED,
        Q.DISPLAY_NAME_KEEPS_QUOTES,
        Q.REWRITTEN_REQUEST_URI,
        Q.USER_PHONE_IS_TEL,
    },
}
_NO_SWAP: Change = {
    "without": {Q.FAILURE_LENGTH_SWAPPED},
    "parser": {"uri_first_at_refused": True, "subtype_characters": "_"},
}
_OPENSER: Steps = [
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
_COMMON_TRUNK: Steps = [
    ("1.4.0", {"parser": {"user_phone_any_case": True}}),
    ("1.4.3", _NO_SWAP),
]
_OPENSIPS: Steps = [
    *_COMMON_TRUNK,
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
        {"with_": {Q.CONTENT_TYPE_GARBAGE}, "parser": {"content_type_parameters": True}},
    ),
    ("1.6.2", {"parser": {"quoted_value_loses_last": False}}),
    ("1.6.3", {"without": {Q.CONTENT_TYPE_GARBAGE}, "with_": {Q.CONTENT_TYPE_OF_FIRST}}),
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
            "with_": {Q.CONTENT_LENGTH_REQUIRED},
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
            "with_": {Q.SOCKETS_LABELLED_UDP},
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
            "with_": {Q.INVITE_CODE_ZERO},
            "without": {Q.CODE_MAY_BE_ZERO},
            "parser": {"user_phone": UserPhone.HOISTS},
        },
    ),
    ("2.3.1", {"parser": {"user_phone": UserPhone.NOTHING}}),
    ("2.4", {}),
    ("3.0", {"transports": numbers.TRANSPORTS_OPENSIPS_3_0}),
]
_KAMAILIO_OLD: Steps = [*_COMMON_TRUNK, ("1.5.0", {})]

_MENDED_2021: Change = {
    "with_": {Q.CONTENT_LENGTH_ZERO_REFUSED},
    "parser": {
        "address_comma": AddressComma.REFUSED,
        "contact_semicolon_ends_name": True,
        "contact_tail": ContactTail.SHORTER,
        "content_length_folds": True,
        "content_length_bounded": True,
    },
}
_NOT_MENDED: Change = {
    "without": {Q.CONTENT_LENGTH_ZERO_REFUSED},
    "parser": {
        "address_comma": AddressComma.TAG_SKIPS,
        "contact_semicolon_ends_name": False,
        "contact_tail": ContactTail.LONGER,
        "content_length_folds": False,
        "content_length_bounded": False,
    },
}
_WITH_PORTS: Change = {"uri_port_bounded": True}
_KAMAILIO: Steps = [
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
    ("4.2.8", {"with_": {Q.EVENT_SIZE_CHECKED}}),
    ("4.3", {"without": {Q.EVENT_SIZE_CHECKED}}),
    ("4.3.5", {"with_": {Q.EVENT_SIZE_CHECKED}}),
    (
        "4.3.7",
        {"parser": {"mime_characters": MIME_TOKENS, "retry_after_swallows_cr": False}},
    ),
    ("4.4", {"without": {Q.CODE_MAY_BE_ZERO}, "parser": {"mime_characters": MIME_LETTERS}}),
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

_NEWEST: Final = {"openser": "1.3", "opensips": "3.0", "kamailio": "6.2"}
_ALIASES: Final = MappingProxyType(
    {
        "kamailio": "kamailio-6.1",
        "kamailio-master": "kamailio-6.2",
        "opensips": "opensips-3.0",
        "openser": "openser-1.3.0",
        "wesip": "openser-1.2.0",
    }
)
Version = tuple[int, ...]


def _version(text: str) -> Version:
    """``1.2.0-dev15`` -> (1, 2, 0, -1): a development version comes before its release."""
    release, _, development = text.partition("-")
    parts = [int(part) for part in release.split(".")]
    parts += [0] * (3 - len(parts))
    return (*parts[:3], -1 if development else 0)


_NOT_FIELDS: Final = ("with_", "without", "parser")


def _changed(dialect: Dialect, name: str, change: Change) -> Dialect:
    fields = {key: value for key, value in change.items() if key not in _NOT_FIELDS}
    quirks = (dialect.quirks | change.get("with_", set())) - change.get("without", set())
    grammar = replace(dialect.grammar, **change.get("parser", {}))
    return replace(dialect, name=name, quirks=quirks, grammar=grammar, **fields)


def _chain(family: str, start: Dialect, steps: Steps) -> list[tuple[Version, Dialect]]:
    chain = []
    for first, change in steps:
        start = _changed(start, f"{family}-{first}", change)
        chain.append((_version(first), start))
    return chain


def _openser_1_3() -> Dialect:
    return _chain("openser", _OPENSER_FIRST, _OPENSER)[-1][1]


_FAMILIES: Final = {
    "openser": _chain("openser", _OPENSER_FIRST, _OPENSER),
    "opensips": _chain("opensips", _openser_1_3(), _OPENSIPS),
    "kamailio": _chain("kamailio", _openser_1_3(), _KAMAILIO_OLD)
    + _chain("kamailio", _KAMAILIO_FIRST, _KAMAILIO),
}
_NAME: Final = re.compile(r"([a-z]+)-v?(\d+(?:\.\d+){1,3}(?:-(?:dev|pre)\d*)?)\Z")


def names() -> tuple[str, ...]:
    """The first version of every known range, oldest first, by family."""
    return tuple(dialect.name for chain in _FAMILIES.values() for _, dialect in chain)


@lru_cache(maxsize=256)
def lookup(name: str) -> Dialect:
    """The dialect of a proxy's name and version, or of a family alone (its newest).

    The record's `name` is the one asked for, in lower case, aliases resolved.
    Raises: UnknownDialect, saying what there is.
    """
    wanted = name.strip().lower()
    wanted = _ALIASES.get(wanted, wanted)
    match = _NAME.match(wanted)
    found = _within(match[1], _version(match[2])) if match else None
    if found is None:
        raise UnknownDialect(f"no dialect {name[:60]!r}; known: {', '.join(_ranges())}")
    return replace(found, name=wanted)


def _within(family: str, version: Version) -> Dialect | None:
    """The range that holds the version; None outside all, as in Kamailio 3.0's hole."""
    if family not in _FAMILIES or version[:2] > _version(_NEWEST[family])[:2]:
        return None
    if family == "kamailio" and (1, 6) <= version[:2] < (3, 1):
        return None
    known = [dialect for first, dialect in _FAMILIES[family] if first <= version]
    return known[-1] if known else None


def _ranges() -> list[str]:
    return [
        "openser-1.2.0-dev15 to 1.3",
        "opensips-1.4 to 3.0",
        "kamailio-1.4 to 1.5, 3.1 to 6.2",
        *_ALIASES,
    ]
