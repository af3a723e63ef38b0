"""The messages of RFC 4475 through a gateway process: answered or dropped, and it goes on.

OUTCOMES says what the RFC asks of whoever gets each message, and what comes of it here: by UDP,
by TCP where that is not the same, and why where it is not what the RFC asks. What an element that
is called may do with each is in tests/torture/rfc4475.txt.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest
from gateway_process import ends_well
from torture_messages import torture_messages
from wire_caller import PATIENCE, WireCaller

DROPPED = 0
QUIET = 0.03  # seconds, behind the answer to a later request, that nothing more comes in
PROVISIONAL = range(100, 200)
# By TCP, the stream cannot be cut any more behind these: the connection ends.
LENGTH, LINE = "no length, or a wrong one", "the line says not where it begins"


@dataclass(frozen=True)
class Outcome:
    """asked: by the RFC, in a few words. status: that comes, DROPPED for none. by_as: whether the
    application server gives it. ends: why the connection ends, by TCP. tcp: the status there.
    but: why it is not what is asked."""

    asked: str
    status: int
    by_as: bool = False
    ends: str = ""
    tcp: int | None = None
    but: str = ""

    def expected(self, transport: str) -> int:
        """The status, by that transport."""
        return self.tcp if transport == "tcp" and self.tcp is not None else self.status


def given(status: int, asked: str = "taken as any other", **how: object) -> Outcome:
    """The application server gets it, and answers."""
    return Outcome(asked, status, by_as=True, **how)  # type: ignore[arg-type]


OUTCOMES = {
    # Valid messages
    "wsinv": given(481),  # as To has a tag
    "intmeth": given(405, "taken; 405 or 501 where the method is unknown"),
    "esc01": given(200),
    "escnull": given(200),
    "esc02": given(405, "taken; 405 or 501, as it is no REGISTER"),
    "lwsdisp": given(200),
    "longreq": Outcome("taken", 513, but="an event of SEAS has 3,200 bytes, and this needs 4,351"),
    "dblreq": given(200, "taken, and what is behind the body dropped", ends=LENGTH),
    "semiuri": given(200),
    "transports": given(200),
    "mpart01": given(200),
    "unreason": Outcome("taken where the request is known", DROPPED),
    "noreason": Outcome("taken where the request is known", DROPPED),
    # Invalid messages
    "badinv01": Outcome("400", 400),
    "clerr": Outcome("400; by TCP the rest is waited for", 400, tcp=DROPPED, ends=LENGTH),
    "ncl": Outcome("400", 400, ends=LENGTH),
    "scalar02": Outcome("400 for CSeq", 400),
    "scalarlg": Outcome("dropped", DROPPED),
    "quotbal": Outcome("400", 400),
    "ltgtruri": Outcome("400, or taken without the brackets", 400),
    "lwsruri": Outcome("400", 400, ends=LINE),
    "lwsstart": Outcome("400, or taken without the blanks", 400, ends=LINE),
    "trws": Outcome("400, or taken without the blanks", 400, ends=LINE),
    "escruri": Outcome("400, or taken without the headers", 400),
    "baddate": given(200, "taken where Date does not matter; else 400"),
    "regbadct": Outcome("400, or taken as with brackets", 400),
    "badaspec": Outcome("400, or taken without the blanks", 400),
    "baddn": Outcome("400, or taken as with quotes", 400),
    "badvers": Outcome("505", 505, ends=LINE),
    "mismatch01": Outcome("400", 400),
    "mismatch02": Outcome("501, or 400", 400),
    "bigcode": Outcome("dropped", DROPPED, ends=LINE),
    # Transactions
    "badbranch": given(200, "taken as by RFC 2543; or 400"),
    # Applications
    "insuf": Outcome("400", 400),
    "unkscm": Outcome("416", 416),
    "novelsc": Outcome("416, or 404", 416),
    "unksm2": Outcome("400 by a registrar; else taken", 400),
    "bext01": given(420, "420"),
    "invut": given(415, "415"),
    "regaut01": given(200, "taken as without credentials; or 401"),
    "multi01": Outcome("400", 400),
    "mcl01": Outcome("400; by TCP the connection ends", 400, ends=LENGTH),
    "bcast": Outcome("dropped", DROPPED),
    "zeromf": Outcome("483", 483),
    "cparam01": given(200, "taken: the parameter is the Contact's"),
    "cparam02": given(200, "taken: the parameter is the URI's"),
    "regescrt": given(200),
    "sdp01": given(200, "406", but="the application server looks at no Accept"),
    # Backward compatibility
    "inv2543": given(200, ends=LENGTH),
}
REASONS = {
    "longreq": b"513 Message Too Large",
    "scalar02": b"400 Bad CSeq",
    "quotbal": b"400 Bad To",
    "lwsruri": b"400 Bad Request Line",
    "ltgtruri": b"400 Request URI In Brackets",
    "insuf": b"400 Missing From, To, Call-ID",
    "mcl01": b"400 More Than One Content-Length",
    "unksm2": b"400 To Is No SIP URI",
    "badvers": b"505 Version Not Supported",
}


def finals(caller):
    """The final responses to a message of the RFC, each once."""
    told = dict.fromkeys(data for data in caller.got if b";branch=z9hG4bK-torture-" in data)
    return [data for data in told if int(data[8:11]) not in PROVISIONAL]


def statuses(caller):
    return [int(data[8:11]) for data in finals(caller)]


def sent(caller, message):
    caller.send(message.sent_from("127.0.0.1", caller.port, caller.transport.upper()))


def test_each_has_its_outcome():
    assert list(OUTCOMES) == [message.name for message in torture_messages()]
    for message in torture_messages():
        outcome = OUTCOMES[message.name]
        if message.is_response or message.name in ("longreq", "sdp01"):
            continue
        assert outcome.by_as is message.may_be_taken or outcome.status in message.refusals


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_each_is_answered_or_dropped_as_the_rfc_asks(run_gateway, app_server, transport):
    gateway = run_gateway()
    server = app_server(gateway, "-q")
    wrong = []
    for message in torture_messages():
        outcome = OUTCOMES[message.name]
        wanted = outcome.expected(transport)
        with WireCaller(gateway.sip_port, transport) as caller:
            sent(caller, message)
            goes_on = bool(transport == "tcp" and outcome.ends) or caller.fence()
            caller.wait(lambda one=caller: bool(finals(one)), PATIENCE if wanted else QUIET)
            got = finals(caller)
        if not goes_on or statuses(caller) != ([wanted] if wanted else []):
            wrong.append((message.name, message.section, goes_on, got, wanted))
        elif wanted and not got[0][8:].startswith(REASONS.get(message.name, b"")):
            wrong.append((message.name, message.section, got, "for another reason"))
        # What says who it is comes of the application server.
        elif wanted and (b"\r\nServer: " in got[0]) is not outcome.by_as:
            wrong.append((message.name, message.section, got, "by the other"))
    assert wrong == []
    goes_on_for_all(gateway)
    ends_well(server, gateway)


def goes_on_for_all(gateway):
    for transport in ("udp", "tcp"):
        with WireCaller(gateway.sip_port, transport) as caller:
            assert caller.call(f"afterwards-{transport}")


# As the real server does, with what it refuses: its parser or its encoder cannot take these.
REFUSED = {"wsinv", "intmeth", "esc02", "longreq", "unkscm", "novelsc", "unksm2", "regaut01"}
SUCCESS = range(200, 300)
REFUSAL = range(400, 600)


def allowed(message, is_cut):
    """The ranges of final statuses, one of which must come, or None where none need come."""
    if message.is_response:
        return (None,)
    if message.is_valid and message.name not in REFUSED and not is_cut:
        return (SUCCESS, message.refusals)
    return (None, SUCCESS, REFUSAL)


def is_among(got, ranges):
    """Whether that is what was allowed."""
    return any(not got if one is None else len(got) == 1 and got[0] in one for one in ranges)


def test_without_checks_none_ends_it(run_gateway, app_server):
    gateway = run_gateway("--no-checks")
    server = app_server(gateway, "-q")
    wrong = []
    for message, transport in product(torture_messages(), ("udp", "tcp")):
        with WireCaller(gateway.sip_port, transport) as caller:
            sent(caller, message)
            is_cut = transport == "tcp" and bool(OUTCOMES[message.name].ends)
            goes_on = is_cut or caller.fence()
            may = allowed(message, is_cut)
            caller.wait(lambda one=caller: bool(finals(one)), QUIET if None in may else PATIENCE)
            got = statuses(caller)
        if not goes_on or not is_among(got, may):
            wrong.append((transport, message.name, message.section, goes_on, got, may))
    assert wrong == []
    goes_on_for_all(gateway)
    ends_well(server, gateway)
