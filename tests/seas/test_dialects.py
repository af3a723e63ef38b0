"""The tables and the version ranges; numbers by hand, as docs/protocol.md has them."""

import pytest

from seastool.errors import SeasError
from seastool.seas.dialect import Quirk
from seastool.seas.dialects import UnknownDialect, lookup, names
from seastool.seas.types import Layout


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("openser-1.2.0-dev15", "D0"),
        ("openser-1.2.0", "D1"),
        ("openser-1.3.0", "D2"),
        ("openser-1.3.4", "D2"),
        ("opensips-1.4.0", "D2"),
        ("opensips-1.4.5", "D2"),
        ("opensips-1.5", "D2"),
        ("opensips-1.6.1", "D3"),
        ("opensips-1.6.3", "D3"),
        ("opensips-1.7", "D4"),
        ("opensips-1.8.0", "D4"),
        ("opensips-1.8.8", "D4"),
        ("opensips-1.9", "D4"),
        ("opensips-1.11.11", "D4"),
        ("opensips-2.1", "D4"),
        ("opensips-2.2", "D4"),
        ("opensips-2.3", "D5"),
        ("opensips-2.4", "D5"),
        ("opensips-3.0.3", "D5"),
        ("kamailio-1.4", "D2"),
        ("kamailio-1.5", "D2"),
        ("kamailio-3.1", "D6"),
        ("kamailio-3.2", "D6"),
        ("kamailio-3.3.7", "D7"),
        ("kamailio-4.0", "D7"),
        ("kamailio-4.4.7", "D7"),
        ("kamailio-5.0", "D8"),
        ("kamailio-5.1.10", "D8"),
        ("kamailio-5.2", "D9"),
        ("kamailio-5.6.3", "D9"),
        ("kamailio-6.1", "D9"),
        ("kamailio-master", "D9"),
    ],
)
def test_every_version_finds_its_group(name: str, id_: str) -> None:
    dialect = lookup(name)
    assert dialect.id == id_
    assert dialect.layout is (Layout.B if id_ >= "D6" else Layout.A)


@pytest.mark.parametrize("name", names())
def test_every_listed_name_is_found(name: str) -> None:
    assert lookup(name).name == name


@pytest.mark.parametrize(
    "name", ["", "foo", "kamailio-3.0", "kamailio-9", "opensips-3.1", "openser-1.1.0", "x" * 9999]
)
def test_unknown_names_are_refused_in_one_line(name: str) -> None:
    with pytest.raises(UnknownDialect) as caught:
        lookup(name)
    assert isinstance(caught.value, SeasError)
    assert "kamailio" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("alias", ["kamailio", "openser", "opensips", "wesip", " Kamailio-5.6.3 "])
def test_aliases(alias: str) -> None:
    assert lookup(alias).name != alias


@pytest.mark.parametrize(
    ("name", "header", "code"),
    [
        ("openser-1.2.0", "RETRY_AFTER", None),
        ("openser-1.2.0", "PRIVACY", 37),
        ("openser-1.2.0", "EOH", 38),
        ("openser-1.3.0", "RETRY_AFTER", 38),
        ("openser-1.3.0", "PATH", 11),
        ("openser-1.3.0", "CONTENTLENGTH", 13),
        ("opensips-1.7", "PROXY_AUTHENTICATE", 41),
        ("opensips-1.8", "MIN_EXPIRES", 42),
        ("kamailio-3.1", "ACCEPTDISPOSITION", 29),
        ("kamailio-3.1", "REASON", 54),
        ("kamailio-3.3", "ACCEPTDISPOSITION", None),
        ("kamailio-3.3", "PATH", 51),
        ("kamailio-3.3", "RPID", 31),
        ("kamailio-5.0", "MIN_EXPIRES", 15),
        ("kamailio-5.0", "CALL_INFO", None),
        ("kamailio-5.1", "CALL_INFO", 55),
        ("kamailio-5.6.3", "CONTENTLENGTH", 12),
        ("kamailio-5.6.3", "USERAGENT", 28),
        ("kamailio-5.6.3", "EOH", 56),
    ],
)
def test_header_numbers(name: str, header: str, code: int | None) -> None:
    dialect = lookup(name)
    assert dialect.header_types.get(header) == code
    if code is not None:
        assert dialect.header_name(code) == header


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("openser-1.3.0", {"OPTIONS": 6, "REGISTER": 8, "PUBLISH": 14, "OTHER": 15}),
        ("kamailio-4.4.7", {"OPTIONS": 10, "REGISTER": 6, "UPDATE": 12, "OTHER": 15}),
        ("kamailio-5.6.3", {"INVITE": 1, "KDMQ": 15, "DELETE": 19, "OTHER": 20}),
    ],
)
def test_method_codes(name: str, codes: dict[str, int]) -> None:
    dialect = lookup(name)
    for method, code in codes.items():
        assert dialect.methods[method] == code
        assert dialect.method_name(code) == method
    assert dialect.method_name(0) is None


def test_method_mask_names_its_bits() -> None:
    assert lookup("openser-1.3.0").method_mask(0x25) == ("INVITE", "ACK", "OPTIONS")


@pytest.mark.parametrize(
    ("name", "code", "transport"),
    [
        ("openser-1.3.0", 5, None),
        ("kamailio-3.3.7", 5, "OTHER"),
        ("kamailio-5.6.3", 5, "WS"),
        ("opensips-2.1", 6, "OTHER"),
        ("opensips-2.4", 10, "OTHER"),
        ("opensips-3.0", 10, "SMPP"),
    ],
)
def test_transports(name: str, code: int, transport: str | None) -> None:
    assert lookup(name).transport_name(code) == transport


@pytest.mark.parametrize(
    ("name", "mime", "text"),
    [
        ("openser-1.2.0", 0x3000D, "application/0xd"),
        ("openser-1.3.0", 0x3000D, "application/simple-message-summary"),
        ("opensips-1.7", 0x3000F, "application/isup"),
        ("kamailio-4.0", 0x3000D, "application/cpim-pidf+xml"),
        ("kamailio-4.1", 0x3000F, "application/isup"),
        ("kamailio-5.6.3", 0xFE00FE, "*/*"),
    ],
)
def test_mime_numbers(name: str, mime: int, text: str) -> None:
    assert lookup(name).mime_name(mime) == text


def test_sizes() -> None:
    assert lookup("openser-1.2.0-dev15").header_prefix == 4
    assert lookup("openser-1.2.0").header_prefix == 5
    assert lookup("opensips-1.4.4").max_event == 3200
    assert lookup("opensips-1.4.5").max_event == 32000
    assert lookup("kamailio-5.6.3").max_event == 3200
    assert lookup("opensips-2.2").max_name == 15
    assert lookup("opensips-2.3").max_name == 14


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("kamailio-5.3.8", False),
        ("kamailio-5.3.9", True),
        ("kamailio-5.4.6", False),
        ("kamailio-5.4.7", True),
        ("kamailio-5.5.2", False),
        ("kamailio-5.5.3", True),
        ("kamailio-5.6.0", True),
    ],
)
def test_zero_content_length_by_branch(name: str, refused: bool) -> None:
    assert lookup(name).has(Quirk.CONTENT_LENGTH_ZERO_REFUSED) is refused


def test_a_dialect_is_one_object() -> None:
    assert lookup("kamailio-5.6.3") is lookup("kamailio-5.6.3")
