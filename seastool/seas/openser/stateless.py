"""What the proxy does with SL_MSG: it sends the text as it is."""

from __future__ import annotations

from seastool.errors import SipError
from seastool.seas.frames import SlMsg
from seastool.seas.openser.action_text import ActionText
from seastool.seas.openser.faults import Fault
from seastool.seas.openser.next_hop import is_reachable
from seastool.seas.openser.notes import Notes
from seastool.seas.openser.outcomes import Outcome, Stateless
from seastool.seas.openser.proxy import Proxy
from seastool.sip.incoming import shown
from seastool.sip.route import parse_routes


def stateless_message(proxy: Proxy, action: SlMsg) -> list[Outcome]:
    """What a message without transaction does. With a Route it goes to the first one, else a
    request to its URI."""
    notes = Notes(proxy, action)
    try:
        text = ActionText(action.text, proxy.reader)
        destination = _first_route(text, proxy)
    except SipError as error:
        told = f"its text does not parse ({error.reason}): the proxy ignores it"
        notes.note("sl-unparsable", told)
        return notes.outcomes
    if text.via is None:
        fault = Fault.STATELESS_WITHOUT_VIA_CRASH
        notes.note_deadly(fault, "sl-without-via", f"{text.shown} without Via")
        return notes.outcomes
    if not destination:
        destination = text.uri if text.is_request else _back(notes, text)
    if destination and not is_reachable(destination, proxy):
        told = f"to {shown(destination)}, which cannot be found: the proxy ignores it"
        notes.note("sl-destination", told)
    elif destination:
        notes.outcomes.append(Stateless(action.text, destination))
    return notes.outcomes


def _first_route(text: ActionText, proxy: Proxy) -> bytes:
    if text.route is None:
        return b""
    first = parse_routes(text.text, text.route.value, text.route.end, proxy.reader.grammar)[0]
    return text.text[first.uri[0] : sum(first.uri)]


def _back(notes: Notes, text: ActionText) -> bytes:
    """Where a response goes by its topmost Via; nowhere with a real proxy."""
    if notes.proxy.behaviour.has(Fault.STATELESS_RESPONSE_LOST):
        does = "the proxy takes the status for a URI and sends nothing"
        notes.note("sl-response", f"{text.shown}: {does}")
        return b""
    does = "real proxies take the status for a URI and send nothing"
    notes.note("sl-response", f"{text.shown}: {does}")
    if text.via is None:
        return b""
    via, parts = text.via
    port = b":" + text.part(via, parts.port) if parts.port is not None else b""
    transport = text.part(via, parts.transport).lower()
    by = b"" if transport == b"udp" else b";transport=" + transport
    return b"sip:" + text.part(via, parts.host) + port + by
