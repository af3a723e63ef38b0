"""What a container counts."""

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Statistics:
    """Counts since the start. What is odd is told once in the log and counted here each time.

    requests: T_REQ_IN but ACK and CANCEL; stateless_requests: SL_REQ_IN.
    unanswered: requests that the application left without a final response.
    late_replies: sent when the proxy had forgotten the transaction, after `hold_time`.
    after_cancel: replies to an INVITE that a CANCEL had ended; not sent.
    stateless_provisional: provisional replies to stateless requests; not sent.
    faked_for_ack: time-outs that old proxies report for an ACK. cancel_responses: responses to
    a CANCEL of ours. time_outs: requests of ours that got no final response at all.
    unsent: replies and requests that found no proxy connected.
    failures: AC_RES_FAIL. refused: requests turned away because a table was full.
    """

    events: int = 0
    requests: int = 0
    stateless_requests: int = 0
    acks: int = 0
    cancels: int = 0
    responses: int = 0
    replies: int = 0
    sent_requests: int = 0
    unanswered: int = 0
    late_replies: int = 0
    after_cancel: int = 0
    stateless_provisional: int = 0
    unknown_events: int = 0
    malformed: int = 0
    repeated_requests: int = 0
    unknown_acks: int = 0
    unknown_cancels: int = 0
    unknown_dialogs: int = 0
    out_of_order: int = 0
    unknown_responses: int = 0
    repeated_responses: int = 0
    faked_for_ack: int = 0
    cancel_responses: int = 0
    time_outs: int = 0
    failures: int = 0
    unsent: int = 0
    handler_errors: int = 0
    refused: int = 0
    expired_sessions: int = 0

    def as_dict(self) -> dict[str, int]:
        """All counts by name."""
        return asdict(self)
