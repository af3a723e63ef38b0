"""Every mistake of an application server that the proxy can tell: id, severity, what, and cure."""

from __future__ import annotations

from typing import Final, NamedTuple

from seastool.seas.openser.outcomes import Mistake, Severity

I: Final = "info"  # noqa: E741
W: Final = "warning"
E: Final = "error"


class MistakeRule(NamedTuple):
    """One rule. cure: what the application server should do."""

    id: str
    severity: Severity
    description: str
    cure: str


_RULES = (
    # Replies
    MistakeRule(
        "reply-unknown",
        E,
        "a reply to a transaction that the proxy does not have",
        "reply with the hash index and label of the event",
    ),
    MistakeRule(
        "reply-late",
        E,
        "a reply to a transaction that the proxy has dropped already",
        "send the final reply sooner, or raise wt_timer of tm",
    ),
    MistakeRule(
        "reply-second-final",
        E,
        "a second final reply to one transaction",
        "send one final reply",
    ),
    MistakeRule(
        "reply-after-final",
        E,
        "a provisional reply behind the final one",
        "send it before the final reply, or not at all",
    ),
    MistakeRule(
        "reply-unparsable",
        E,
        "a reply whose text does not parse",
        "send a complete SIP response",
    ),
    MistakeRule(
        "reply-not-response",
        E,
        "a reply whose text is a request",
        "send a SIP response in REPLY_PROV and REPLY_FIN",
    ),
    MistakeRule(
        "reply-without-to",
        E,
        "a reply without a To header",
        "copy To from the request and add a tag",
    ),
    MistakeRule(
        "reply-without-tag",
        W,
        "a reply without a To tag to a request without one",
        "add a tag to To, the same in all replies of the transaction",
    ),
    MistakeRule(
        "reply-tag-changed",
        W,
        "a reply whose To tag is not that of the request or of the reply before",
        "keep the tag that To has",
    ),
    MistakeRule(
        "reply-to-uac",
        E,
        "a reply to a request of the application server's own",
        "reply to what came in as T_REQ_IN",
    ),
    MistakeRule(
        "reply-routes",
        E,
        "a reply with fewer Record-Routes than the request",
        "copy all Record-Route headers of the request",
    ),
    MistakeRule(
        "reply-type",
        I,
        "REPLY_PROV with a final status, or REPLY_FIN with a provisional one",
        "use the type of the status",
    ),
    MistakeRule(
        "unanswered",
        E,
        "a request that had no final reply in time",
        "send a final reply to every request but ACK",
    ),
    # Texts of all actions
    MistakeRule(
        "headers-too-long",
        W,
        "more headers than the proxy's buffer of 1024 bytes takes",
        "send fewer or shorter headers",
    ),
    MistakeRule(
        "routes-too-long",
        E,
        "Record-Routes that do not fit the proxy's buffer of 1024 bytes",
        "send fewer or shorter headers",
    ),
    MistakeRule(
        "body-without-length",
        E,
        "a body without Content-Length",
        "send Content-Length with every body",
    ),
    MistakeRule(
        "body-length",
        W,
        "a Content-Length that is not the length of the body",
        "count the bytes of the body, not its characters",
    ),
    # Requests
    MistakeRule("uac-unparsable", E, "a UAC_REQ whose text does not parse", "send a SIP request"),
    MistakeRule(
        "uac-not-request", E, "a UAC_REQ whose text is a response", "send it in REPLY_FIN or SL_MSG"
    ),
    MistakeRule("uac-from-missing", E, "a UAC_REQ without From", "send From, To, Call-ID and CSeq"),
    MistakeRule(
        "uac-headers-missing",
        E,
        "a UAC_REQ without To, Call-ID or CSeq",
        "send From, To, Call-ID and CSeq",
    ),
    MistakeRule("uac-from-tag", E, "a UAC_REQ without a From tag", "add a tag to From"),
    MistakeRule("uac-cseq-number", E, "a CSeq that is no number of 32 bits", "count from 2 on"),
    MistakeRule(
        "uac-cseq-one", W, "a UAC_REQ with a CSeq that the proxy changes", "count from 2 on"
    ),
    MistakeRule(
        "uac-cseq-method",
        W,
        "a UAC_REQ whose CSeq names another method",
        "name the request's method in CSeq",
    ),
    MistakeRule(
        "uac-id-reused",
        W,
        "a uac id that an open transaction has",
        "count uac ids up, so that responses can be told apart",
    ),
    MistakeRule("uac-cancel", W, "a CANCEL sent as UAC_REQ", "cancel with AC_CANCEL"),
    MistakeRule(
        "uac-ack-needless",
        W,
        "an ACK for a final response that the proxy has acknowledged",
        "acknowledge 2xx only",
    ),
    MistakeRule(
        "uac-ack-missing",
        W,
        "a 2xx that the application server has not acknowledged",
        "send an ACK as UAC_REQ, with a uac id of its own, for every 2xx to an INVITE",
    ),
    MistakeRule(
        "uac-routes",
        W,
        "a UAC_REQ with several Route headers",
        "put all routes in one Route header",
    ),
    MistakeRule(
        "uac-max-forwards",
        W,
        "Max-Forwards in a UAC_REQ, to which this proxy adds its own",
        "leave Max-Forwards to this proxy",
    ),
    MistakeRule(
        "uac-destination",
        E,
        "a UAC_REQ to an address that cannot be found",
        "send it to a sip URI with a host, or with a Route to one",
    ),
    MistakeRule(
        "spiral-unbound",
        E,
        "a spiral UAC_REQ of a processor that is not bound",
        "bind the processor, and name it in the action",
    ),
    # Cancelling
    MistakeRule(
        "cancel-unknown",
        E,
        "an AC_CANCEL for a transaction that the proxy does not have",
        "cancel with the hash index and label of a RES_IN of the INVITE",
    ),
    MistakeRule(
        "cancel-too-early",
        E,
        "an AC_CANCEL before a provisional response",
        "cancel after the first provisional response",
    ),
    MistakeRule(
        "cancel-too-late",
        E,
        "an AC_CANCEL after the final response",
        "end an answered call with BYE",
    ),
    MistakeRule(
        "cancel-not-uac",
        E,
        "an AC_CANCEL for a request that came in",
        "refuse what came in with REPLY_FIN",
    ),
    MistakeRule(
        "cancel-unparsable", E, "an AC_CANCEL whose text does not parse", "send a SIP CANCEL"
    ),
    MistakeRule("cancel-method", W, "an AC_CANCEL whose text is not a CANCEL", "send a SIP CANCEL"),
    MistakeRule(
        "cancel-text-ignored",
        I,
        "headers or a body in an AC_CANCEL that this proxy does not send",
        "expect nothing of them",
    ),
    # Messages without transaction
    MistakeRule("sl-unparsable", E, "an SL_MSG whose text does not parse", "send a SIP message"),
    MistakeRule(
        "sl-without-via",
        E,
        "an SL_MSG without Via",
        "put a Via on top, of one of the proxy's sockets",
    ),
    MistakeRule(
        "sl-response",
        E,
        "a response in SL_MSG, which real proxies do not send",
        "let the script relay with as_relay_t and answer with REPLY_FIN",
    ),
    MistakeRule(
        "sl-destination",
        E,
        "an SL_MSG to an address that cannot be found",
        "send it to a sip URI with a host, or with a Route to one",
    ),
    # Actions
    MistakeRule("unknown-action", W, "an action of an unknown type", "send types 1, 2, 4, 6, 7, 8"),
    MistakeRule("reserved-action", W, "REPLY_FIN_DLG, which no proxy handles", "send REPLY_FIN"),
    # Binding
    MistakeRule(
        "bind-full",
        E,
        "more than 10 bindings",
        "take bindings back with UNBIND; restart the proxy where one was killed",
    ),
    MistakeRule(
        "bind-socket",
        E,
        "a BIND to what is no listening socket of the proxy's",
        "bind to address, protocol and port of a socket of the socket info",
    ),
    MistakeRule(
        "bind-processor", E, "a processor id outside 1..127", "use processor ids of 1 to 127"
    ),
    MistakeRule(
        "bind-shadowed",
        W,
        "a BIND to an address that has one already",
        "bind once for each address; the port makes no difference",
    ),
    MistakeRule(
        "unbind-unknown",
        E,
        "an UNBIND of a processor that is not bound",
        "take back what was bound",
    ),
)

RULES: Final[dict[str, MistakeRule]] = {rule.id: rule for rule in _RULES}


def mistake(
    rule: str,
    message: str,
    *,
    hash_index: int | None = None,
    label: int | None = None,
    uac_id: int | None = None,
) -> Mistake:
    """A mistake by a rule; its cure is added to the message."""
    known = RULES[rule]
    return Mistake(rule, known.severity, f"{message}; {known.cure}", hash_index, label, uac_id)
