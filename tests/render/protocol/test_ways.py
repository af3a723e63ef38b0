"""How servers differ, as tables, and the failures that they tell."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from seastool.render.protocol.servers import servers
from seastool.render.protocol.ways import WAYS, unresolvable, ways
from seastool.seas.frames import AcCancel, Bind, UacReq
from seastool.seas.handshake import ListeningSocket
from seastool.seas.openser import DrawnIdentifiers, Failed, Settings, Transactions, behave_like

PAGE = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text(encoding="utf-8")
TABLE = "".join(ways())
HOME = bytes((10, 0, 0, 1))
SOCKET = ListeningSocket(protocol=1, name=b"10.0.0.1", address=b"10.0.0.1", port=5060)
REQUEST = """OPTIONS sip:bob@10.0.0.7 SIP/2.0
From: <sip:as@example.com>;tag=1
To: <sip:bob@example.com>
Call-ID: 1
CSeq: 2 OPTIONS
Content-Length: 0

"""


class Counting:
    """A source of chance that counts."""

    n = 0

    def getrandbits(self, k: int, /) -> int:
        self.n += 1
        return self.n & ((1 << k) - 1)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.what)
def test_each_way_is_one_that_servers_differ_in(way):
    told = {way.how(one) for one in servers()}
    assert len(told) > 1
    rows = TABLE.partition(f"| {way.what} |")[2].splitlines()[: len(told)]
    assert {row.split(" | ")[-2].removeprefix("|").strip() for row in rows} == told


def test_whose_way_it_is():
    assert (
        "| the ACK to a 2xx is told | T_REQ_IN with the ids of the INVITE | OpenSER all;" in TABLE
    )
    assert "|  | not at all | OpenSIPS from 1.5.0 |" in TABLE
    assert "|  | 11 | Kamailio from 3.1 |" in TABLE


def failures(server: str, sip: str, *, resolves: bool = True) -> list[tuple[int, str]]:
    """What that server tells of a request."""
    machine = Transactions(
        DrawnIdentifiers(Counting()),
        behaviour=behave_like(server),
        sockets=[SOCKET],
        settings=replace(Settings(), resolves=lambda uri: resolves),
    )
    machine.action(Bind(processor_id=1, address=HOME, protocol=1, port=5060), 0.0)
    wire = sip.replace("\n", "\r\n").encode()
    found = machine.action(UacReq(uac_id=1, processor_id=1, text=wire), 0.0)
    found += machine.action(
        AcCancel(uac_id=2, processor_id=1, hash_index=1, label=1, text=wire), 0.0
    )
    told = (outcome.frame for outcome in found if isinstance(outcome, Failed))
    return [(frame.error, frame.reason.decode()) for frame in told]


@pytest.mark.parametrize("server", ["openser-1.2.0", "opensips-1.6.3", "kamailio-5.6.3"])
def test_the_failures_of_the_page_are_those_of_the_model(server):
    told = failures(server, REQUEST.replace(";tag=1", ""))
    told += failures(server, REQUEST.replace("To: ", "X: "))
    told += failures(server, REQUEST, resolves=False)
    assert len({error for error, _ in told}) > 1
    for error, reason in told:
        assert f"| {error} | `{reason}` |" in PAGE


def test_addresses_that_are_not_found():
    rows = "".join(unresolvable()).splitlines()
    assert len(rows) == 2
    assert all(re.fullmatch(r"\| -\d+ \| `.*` \| a `UAC_REQ` to .*: .* \|", row) for row in rows)
