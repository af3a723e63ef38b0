"""What a scenario needs of the side that it plays: a few ways to send."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from seastool.seas.builder import Receive
from seastool.seas.dialect import Dialect
from seastool.seas.frames import Frame
from seastool.seas.types import Socket


class TransactionId(NamedTuple):
    """A transaction's name in the proxy."""

    hash_index: int
    label: int


class Refusal(NamedTuple):
    """The proxy does not do it."""

    reason: str


class Endpoint(Protocol):
    """Either side, connected. What comes back goes to `ScenarioRun.receive`.

    Any method may raise a SeasError: the call at hand then fails with its message.
    """

    @property
    def dialect(self) -> Dialect:
        """How frames of this connection are encoded."""

    @property
    def receive(self) -> Receive:
        """Where a request came in if nothing is said: its destination is the proxy's first
        listening socket."""

    def send_frame(self, frame: Frame) -> None:
        """Send a frame on the socket that it belongs on, length computed."""

    def send_bytes(self, socket: Socket, data: bytes) -> None:
        """Send bytes as they are."""

    def start_fault(self, fault: str) -> None:
        """Switch a fault on, written as ``drop=0.1@REPLY_FIN``, for all that is sent from now."""

    def stop_fault(self, fault: str) -> None:
        """Switch a fault off again, by its name or as it was written."""


@runtime_checkable
class OpenserEndpoint(Endpoint, Protocol):
    """The proxy's side, which keeps transactions."""

    def request(
        self, sip: bytes, receive: Receive, *, stateless: bool, processor_id: int | None
    ) -> TransactionId | Refusal:
        """A SIP request came in: send T_REQ_IN, or SL_REQ_IN if stateless (its id is 0, 0).

        ACK and CANCEL are matched to their INVITE by their text. processor_id: None for the one
        bound to the destination.
        """

    def respond(self, uac_id: int, sip: bytes | None) -> TransactionId | Refusal:
        """A response came in to a request of the application server: send RES_IN; without a
        text, the faked 408 of a time-out."""
