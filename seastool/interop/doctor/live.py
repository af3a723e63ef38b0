"""What a live look at a proxy shows, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from seastool.interop.doctor.cause import Cause
from seastool.interop.doctor.examination import CAUSES
from seastool.interop.doctor.symptom import Diagnosis, Symptom
from seastool.interop.finding import Severity
from seastool.seas.types import Socket

LIVE_CAUSES: Final = (
    Cause(
        "no-such-host",
        Severity.ERROR,
        "the name of the proxy's host has no address",
        "it is misspelt, or the resolver of this machine does not know it",
        "live: the look-up of the name finds nothing",
        "check the name (getent hosts NAME), or give the proxy's address",
        "protocol: Opening",
    ),
    Cause(
        "not-paired",
        Severity.ERROR,
        "both sockets are connected and named, and no socket info comes",
        "the script does not relay to that name, or another application server has it, or the 5 "
        "places for half-open sockets or for application servers are taken, or the listener spins",
        "live: both names written, no socket info within the time",
        'see that the script has as_relay_t("NAME") with that very name, that nobody else is '
        "connected by it, and how busy the proxy's listener is (100 % of a CPU: restart it)",
        "protocol: Opening",
    ),
    Cause(
        "closed-by-proxy",
        Severity.ERROR,
        "the proxy closes the connection before socket info",
        "its places are taken by half-open sockets, or what listens there is no SEAS",
        "live: the end of a connection before socket info",
        "restart the proxy if its 5 places for half-open sockets are taken; check the port",
        "protocol: Opening",
    ),
    Cause(
        "not-seas",
        Severity.ERROR,
        "what listens there does not speak SEAS",
        "something else came where socket info was expected",
        "live: other bytes than socket info",
        "check host and port: the event socket is the first of two",
        "protocol: Socket info",
    ),
    Cause(
        "nothing-bound",
        Severity.ERROR,
        "the proxy has no SIP socket that can be bound",
        "socket info names none of UDP, TCP or TLS with an IP address",
        "live: socket info without a socket that can be bound",
        "have the proxy listen for SIP on an address",
        "protocol: Bindings",
    ),
    Cause(
        "call-refused",
        Severity.ERROR,
        "a SIP request gets 500 from the proxy and makes no event",
        "the BIND was not taken for that address, or the proxy cannot encode the request",
        "live: 500 to an OPTIONS that every server encodes, and no event",
        'see the proxy\'s log: "no processor found" (BIND), "unable to create event code" '
        '(encoding), "not connected" (the script relays to another name)',
        "protocol: Bindings, Transactions",
    ),
    Cause(
        "call-not-relayed",
        Severity.WARNING,
        "the script does not relay an OPTIONS to this name",
        "the proxy answered by itself, or not at all, so that BINDs could not be tried",
        "live: no event, and no 500 of the module's",
        "have the script relay the request with as_relay_t() to this name, or take no notice if "
        "OPTIONS is not for the application server",
        "protocol: Transactions",
    ),
    Cause(
        "reply-lost",
        Severity.ERROR,
        "the event came, and the reply to it did not leave the proxy",
        "the reply was written in a layout that the proxy does not read, or its reader of actions "
        "is stuck",
        "live: an event, REPLY_FIN 200, and no 200 over SIP",
        "give --dialect of the proxy, or --probe; see the proxy's log and whether a process spins",
        "protocol: Actions",
    ),
)


class Look(Protocol):
    """What was seen of a live proxy. Times in seconds.

    opened: the sockets that could be connected. failure: why there is no socket info, in words;
    empty if it came. is_unknown: its host name has no address. call, zero_call: status of the
    proxy's answer to an OPTIONS, and to one with Content-Length: 0; 0 for none, None if it was not
    sent. event, zero_event: whether the application server was handed it.
    """

    host: str
    port: int
    name: str
    opened: set[Socket]
    failure: str
    is_unknown: bool
    is_refused: bool
    is_closed: bool
    is_alien: bool
    bound: list[str]
    call: int | None
    event: bool
    zero_call: int | None
    zero_event: bool
    max_name: int


def judge(look: Look) -> list[Diagnosis]:
    """What is wrong, the cause of the rest first."""
    known = {**CAUSES, **{cause.id: cause for cause in LIVE_CAUSES}}
    return [Diagnosis(known[s.cause], [s], 1) for s in _symptoms(look)]


def _symptoms(look: Look) -> Iterator[Symptom]:
    if look.failure:
        yield _unopened(look)
        return
    if not look.bound:
        yield Symptom("nothing-bound", "socket info came; nothing was bound", unit="BIND")
    yield from _calls(look)


def _unopened(look: Look) -> Symptom:
    if look.is_unknown:
        return Symptom("no-such-host", look.failure, unit="host name")
    size = len(look.name.encode())
    missing = [socket for socket in (Socket.EVENT, Socket.ACTION) if socket not in look.opened]
    if missing and (look.is_refused or not (look.is_closed or look.is_alien)):
        cause = "port-refused" if look.is_refused else "port-silent"
        return Symptom(cause, look.failure, unit=f"{missing[0]} socket")
    if look.is_alien:
        return Symptom("not-seas", look.failure, unit="socket info")
    if size > look.max_name:
        told = f"{look.name!r} has {size} bytes, {look.max_name} are taken: {look.failure}"
        return Symptom("name-too-long", told, unit="name")
    cause = "closed-by-proxy" if look.is_closed else "not-paired"
    return Symptom(cause, look.failure, unit="socket info")


def _calls(look: Look) -> Iterator[Symptom]:
    if look.call is None:
        return
    if look.event:
        if not 200 <= look.call < 300:
            got = f"{look.call} instead" if look.call else "nothing"
            yield Symptom("reply-lost", f"200 was replied, SIP got {got}", unit="REPLY_FIN")
    elif look.call == 500:
        yield Symptom("call-refused", "OPTIONS with a body: 500, no event", unit="SIP")
    else:
        got = f"{look.call}" if look.call else "no answer"
        yield Symptom("call-not-relayed", f"OPTIONS with a body: {got}, no event", unit="SIP")
    if look.event and look.zero_call == 500 and not look.zero_event:
        told = "OPTIONS with a body makes an event, with Content-Length: 0 it gets 500"
        yield Symptom("content-length-zero", told, unit="SIP")
