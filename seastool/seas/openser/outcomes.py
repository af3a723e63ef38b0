"""What the proxy does in answer to what came in: requests, responses, actions and time.

Each verb of `Transactions` returns a list of these, in the order in which the proxy does them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seastool.seas.builder.event import Receive
from seastool.seas.frames import AcResFail
from seastool.seas.openser.faults import Fault

Severity = Literal["info", "warning", "error"]


@dataclass(slots=True)
class Event:
    """A frame for the application server, on the event socket. Of a stateless one both numbers
    are None."""

    frame: bytes
    hash_index: int | None = None
    label: int | None = None


@dataclass(slots=True)
class Replied:
    """A SIP response to the sender of a request. repeated: sent again for a retransmission.

    receive: where the request came in; the response goes back to its source.
    """

    hash_index: int
    label: int
    status: int
    sip: bytes
    receive: Receive
    repeated: bool = False


@dataclass(slots=True)
class Absorbed:
    """A request that nobody is told of, and why."""

    reason: str
    hash_index: int | None = None
    label: int | None = None


@dataclass(slots=True)
class Refused:
    """A request of which the application server hears nothing, and why. What the sender gets, if
    anything, follows as `Replied`.

    part: that the encoder refuses, as in `EncodeError.path`.
    """

    reason: str
    part: str = ""


@dataclass(slots=True)
class Requested:
    """A SIP request of the application server's, as the proxy sends it.

    destination: the URI it goes to. branch: of the proxy's Via. The ids are 0 for an ACK that
    the proxy keeps no transaction of.
    """

    uac_id: int
    hash_index: int
    label: int
    method: bytes
    sip: bytes
    destination: bytes
    branch: bytes


@dataclass(slots=True)
class Cancelled:
    """A CANCEL for a request of the application server's. uac_id: None if the proxy sends it of
    its own accord. cancelled_label: that of the INVITE, whose hash index it shares."""

    uac_id: int | None
    hash_index: int
    label: int
    cancelled_label: int
    sip: bytes
    destination: bytes
    branch: bytes


@dataclass(slots=True)
class Acknowledged:
    """The proxy's own ACK for a final response other than 2xx."""

    hash_index: int
    label: int
    sip: bytes
    destination: bytes


@dataclass(slots=True)
class Stateless:
    """A message that goes out as it is."""

    sip: bytes
    destination: bytes


@dataclass(slots=True)
class Withheld:
    """A response, or a time-out, that the application server is not told of, and why."""

    status: int
    reason: str
    uac_id: int | None = None


@dataclass(slots=True)
class Failed:
    """A failure for the action socket. lost: this server's write of it fails, so that nothing
    arrives."""

    frame: AcResFail
    lost: bool = False


@dataclass(slots=True)
class Ponged:
    """A pong; whoever sends the pings knows whether it fits."""

    sequence: int


@dataclass(slots=True)
class Bound:
    """A processor is bound to a listening socket, in one of the table's slots."""

    processor_id: int
    slot: int
    address: bytes
    protocol: int
    port: int


@dataclass(slots=True)
class Unbound:
    """A slot is free again. processor_id: who was in it, which need not be who was named."""

    processor_id: int
    slot: int


@dataclass(slots=True)
class Mistake:
    """What the application server did wrong: what, what the real proxy does then, and the cure.

    rule: an id in `rules.RULES`. The ids name the transaction, if the action had one.
    """

    rule: str
    severity: Severity
    message: str
    hash_index: int | None = None
    label: int | None = None
    uac_id: int | None = None


@dataclass(slots=True)
class ServerDies:
    """A fault that was switched on: the whole proxy would be gone."""

    fault: Fault
    message: str


@dataclass(slots=True)
class ConnectionClosed:
    """A fault that was switched on: the process that serves this application server dies, so
    that both its sockets close."""

    fault: Fault
    message: str


Outcome = (
    Event
    | Replied
    | Absorbed
    | Refused
    | Requested
    | Cancelled
    | Acknowledged
    | Stateless
    | Withheld
    | Failed
    | Ponged
    | Bound
    | Unbound
    | Mistake
    | ServerDies
    | ConnectionClosed
)
