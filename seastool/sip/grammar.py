"""How the SIP parsers of the real proxies differ, as named options.

One record says everything: the parsers ask it, never which server they imitate. The defaults
are OpenSER 1.2's; a version is its difference from the one before (`seas.dialects`).
"""

from dataclasses import dataclass
from enum import Enum


class HeaderNames(Enum):
    """How a header's name is found."""

    QUADS = "up to the first colon, blanks and line ends included; compared in fours of bytes"
    WORDS = "up to a colon or a blank; nothing but blanks before the colon"
    TOKENS = "letters, digits and -._+~ only; nothing but blanks before the colon"
    ALL_TOKENS = "all characters of RFC 3261's token; nothing but blanks before the colon"


class AddressComma(Enum):
    """What a comma outside quotes does among the parameters of To, From and their like."""

    ORDINARY = "a character like any other"
    TAG_SKIPS = "a tag's value does not begin at one; else like any other"
    REFUSED = "accepted in a tag's value only"


class UserPhone(Enum):
    """What ``;user=phone`` does to a sip URI's other parameters."""

    HOISTS = "parameters within the user part, if any, replace the URI's"
    REPLACES = "parameters within the user part replace the URI's, none included"
    NOTHING = "nothing"


class ViaParams(Enum):
    """When the span of all parameters of a Via is known."""

    CUT_SHORT = "only if a comma, a comment or a valueless parameter ended them"
    EACH = "after each parameter that a separator, blank or line end follows"
    LAST = "always: to the end of the last one"


class ExpiresText(Enum):
    """How the value of Expires is read."""

    UNTRIMMED = "digits up to a blank; of anything else, a text of length 0"
    LENIENT = "digits up to a blank; at most ten characters, else 0"
    DIGITS = "digits only, anything else refused"


class ContactTail(Enum):
    """How a display name without brackets moves the end of the contacts, by mistake."""

    LONGER = "the end moves as far as the start did, less one byte"
    SHORTER = "the last byte is lost"


COMPACT_OPENSER = "tvfimlkcox"
COMPACT_SER = COMPACT_OPENSER + "auebjdsryn"
COMPACT_KAMAILIO = COMPACT_OPENSER + "auebjdsry"
MIME_LETTERS = "-+."
MIME_ALPHANUMERIC = "0123456789-+."
MIME_TOKENS = "0123456789-+._!%*'`~"


@dataclass(frozen=True, slots=True)
class Grammar:
    """One SIP parser's habits; what a name does not say stands behind it.

    compact_names: letters that stand for a header.
    mime_characters, subtype_characters: what a type has beside letters; a subtype beside that.
    """

    header_names: HeaderNames = HeaderNames.QUADS
    compact_names: str = COMPACT_OPENSER
    path_needs_colon: bool = True
    version_checked: bool = False  # a request of another protocol or version is dropped
    duplicates_refused: bool = False  # To, From, CSeq, Call-ID, Max-Forwards, Content-Length
    requests_checked: bool = False  # one without To, From, CSeq or Call-ID refused
    from_parsed_first: bool = False  # by the core: a From that does not parse is refused
    retry_after_parsed: bool = False
    retry_after_comment: bool = False  # a bracket may end the number
    retry_after_swallows_cr: bool = False  # one behind the LF

    openser_methods: bool = True  # a delimiter ends a method; other characters refused
    info_second_letter_free: bool = True  # IxFO and IxVITE count as INFO and INVITE
    unknown_method_ends_list: bool = False  # nothing may follow one in Allow
    refer_ends_in_capital: bool = True  # only REFE followed by R counts as REFER
    extended_methods: bool = False  # KDMQ, GET, POST, PUT, DELETE
    number_bounded: bool = False  # CSeq over 32 bits refused; a leading + accepted

    openser_parameters: bool = True  # To and From: valueless tags refused, value starts kept
    quoted_value_loses_last: bool = True  # the span of a quoted value is one byte short
    quoted_value_escapes: bool = False  # else a backslash in a quoted value is refused
    display_name_semicolon: bool = False  # allowed in an unquoted display name
    display_name_fold: bool = True  # an unquoted display name runs on over a fold to <
    address_comma: AddressComma = AddressComma.ORDINARY
    empty_value_at_line_end: bool = False  # where a last `name=` has its empty value

    uri_tels: bool = True
    uri_first_at_refused: bool = False
    uri_lone_at_refused: bool = False
    uri_host_checked: bool = False
    uri_port_bounded: bool = False  # 65535
    uri_port_five_digits: bool = False
    user_phone: UserPhone = UserPhone.HOISTS
    user_phone_any_case: bool = False

    contacts_last_first: bool = True
    contact_semicolon_ends_name: bool = False
    contact_tail: ContactTail = ContactTail.LONGER
    contact_star_alone: bool = False  # nothing, not even blanks, may follow the *
    contact_empty_refused: bool = False
    contact_short_refused: bool = False
    parameters_last_first: bool = True
    parameter_single_quotes: bool = False
    parameter_empty_value: bool = False

    via_other_transports: bool = False
    via_partial_transports: bool = False  # U, UD, T ... as transports of their own
    via_blank_before_semicolon: bool = False  # behind a name without value; rport always may
    via_params: ViaParams = ViaParams.CUT_SHORT
    via_quoted_comma: bool = False
    via_host_checked: bool = False

    mime_characters: str = MIME_LETTERS
    subtype_characters: str = ""
    mime_last_letter_free: bool = True  # "sd" and "sdpp" count as "sdp"
    content_type_parameters: bool = False  # parsed, so that bad ones are refused
    content_length_folds: bool = False
    content_length_bounded: bool = False  # nothing from 2147483640 on
    content_length_signed: bool = False  # no value whose 32 bits turn negative
    expires_text: ExpiresText = ExpiresText.UNTRIMMED
    digest_scheme_ends: bytes = b" \rn\t,"


OPENSER_1_2 = Grammar(unknown_method_ends_list=True)
KAMAILIO_3_1 = Grammar(
    version_checked=True,
    compact_names=COMPACT_SER,
    path_needs_colon=False,
    retry_after_parsed=True,
    retry_after_swallows_cr=True,
    openser_methods=False,
    openser_parameters=False,
    quoted_value_loses_last=False,
    display_name_fold=False,
    uri_tels=False,
    uri_port_five_digits=True,
    user_phone=UserPhone.REPLACES,
    parameter_single_quotes=True,
    parameter_empty_value=True,
    via_other_transports=True,
    via_partial_transports=True,
    via_blank_before_semicolon=True,
    mime_last_letter_free=False,
    expires_text=ExpiresText.LENIENT,
    digest_scheme_ends=b" \r\n\t,",
)
