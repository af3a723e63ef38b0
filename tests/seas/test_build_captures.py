"""Every message in the captured sessions is built again to the same payload."""

from pathlib import Path

import pytest

from seastool.api import read_capture
from seastool.seas.builder import build_message
from seastool.seas.dialects import lookup
from seastool.seas.frames import ResIn, SlReqIn, TReqIn

CAPTURES = Path(__file__).resolve().parent.parent.parent / "captures"


@pytest.mark.parametrize(
    ("name", "dialect", "least"),
    [
        ("kamailio-5.6.3-session", "kamailio-5.6.3", 10),
        ("kamailio-5.6.3-sipp-uac", "kamailio-5.6.3", 10),
        ("openser-1.3.0-session", "openser-1.3.0", 10),
    ],
)
def test_messages_of_a_session(name: str, dialect: str, least: int) -> None:
    known, seen = lookup(dialect), 0
    for decoded in read_capture(CAPTURES / f"{name}.pcap", dialect=dialect):
        event = decoded.unit
        if isinstance(event, TReqIn | SlReqIn | ResIn) and event.payload:
            assert decoded.message is not None
            assert build_message(decoded.message.text, known) == event.payload
            seen += 1
    assert seen >= least
