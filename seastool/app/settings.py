"""What can be set on a container: times in seconds, and the bounds of its tables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How long things are kept, and how many.

    hold_time: how long the proxy keeps a transaction; a reply after that is told as late, and
    sent only with send_late (OpenSIPS 1.5 to 1.11 cannot bear one for a transaction it forgot).
    transaction_time: how long a request may stay unanswered, and an INVITE's answer wait for
    its ACK, before the container forgets it.
    response_time: for a first response to a request of ours, before a local 408 ends it;
    longer than the proxy's own final-response timer. answer_time: the same for an INVITE after
    each provisional response.
    session_time: expiry of an application session, and of a dialog not yet confirmed.
    dialog_time: how long a confirmed dialog may be silent.
    subscription_time: the same for a dialog that no INVITE made.
    contact: the Contact of this server, a URI or a whole value; that of the proxy's listening
    socket unless given. user_agent: of requests, and Server of responses; none if empty.
    strict_dialogs: answer 481 to a request of an unknown dialog and 500 to one out of order;
    else the application gets it.
    stateless_route: give a stateless response a Route to where the request came from; real
    proxies send it nowhere without one.
    max_action, max_headers: bytes that the proxy takes of an action, and of the headers in it
    that are not its own.
    """

    hold_time: float = 5.0
    send_late: bool = True
    transaction_time: float = 32.0
    response_time: float = 40.0
    answer_time: float = 200.0
    session_time: float = 180.0
    dialog_time: float = 7200.0
    subscription_time: float = 3700.0
    contact: str = ""
    user_agent: str = ""
    max_forwards: int = 70
    strict_dialogs: bool = True
    stateless_route: bool = True
    max_transactions: int = 50_000
    max_client_transactions: int = 50_000
    max_sessions: int = 100_000
    max_application_sessions: int = 100_000
    max_timers: int = 500_000
    max_action: int = 4000
    max_headers: int = 1024
