"""The mistakes of application servers, which the proxy's own model names, as causes."""

from __future__ import annotations

from typing import Final

from seastool.interop.doctor.cause import Cause
from seastool.interop.finding import Severity
from seastool.seas.openser.rules import RULES as MISTAKES

I, W, E = Severity.INFO, Severity.WARNING, Severity.ERROR  # noqa: E741

_MEANINGS: Final = {
    "reply-unknown": "it is dropped without a word (OpenSIPS 1.4.3 and later crash): the caller "
    "waits in vain",
    "reply-late": "the proxy puts a transaction on the wait timer (tm wt_timer, 5 s) as soon as it "
    "is relayed: what comes later finds none, and the caller waits in vain",
    "reply-second-final": "it is dropped without a word: the first one counts",
    "reply-after-final": "it is dropped without a word",
    "reply-without-to": "the process that reads the actions crashes: the application server is "
    "gone",
    "reply-without-tag": "the caller gets To as it was sent, and has no dialog to send ACK and "
    "BYE in",
    "reply-tag-changed": "the caller sees another leg of the call and may end one of them",
    "reply-type": "nothing: the proxy looks at the status",
    "unanswered": "on Kamailio the proxy drops the transaction after 5 s, others wait for ever; "
    "the "
    "caller hears nothing",
    "headers-too-long": "what does not fit the 1024 bytes is left out of the message",
    "body-length": "the other party reads another body than was meant, or drops the message",
    "uac-from-missing": "nothing is sent, and nothing is told",
    "uac-from-tag": "nothing is sent: AC_RES_FAIL on the action socket (OpenSER up to 1.3: not "
    "even "
    "that)",
    "uac-headers-missing": "nothing is sent: AC_RES_FAIL on the action socket",
    "uac-cseq-one": "the request goes out with CSeq 11, and so do those of the dialog that follow "
    "it",
    "uac-ack-missing": "whoever answered sends its 2xx again and again, and ends the call after "
    "32 s",
    "uac-id-reused": "responses cannot be told apart",
    "sl-response": "it is not sent: its status is taken for a URI",
    "sl-without-via": "the process that reads the actions crashes",
    "bind-socket": "it is not taken: requests to that address get 500",
    "bind-processor": "the proxy counts it as not bound: requests to that address get 500",
    "bind-shadowed": "the first BIND of an address counts; this one takes a place in the table",
    "bind-full": "it is not taken; the bindings before it decide, also those of an application "
    "server that was killed, which stay until the proxy restarts",
    "cancel-too-late": "the call is answered; the CANCEL does nothing to it",
    "cancel-too-early": "no CANCEL leaves before a provisional response",
}
_SECTIONS: Final = {
    "reply": "protocol: Replies",
    "unanswered": "protocol: Transactions, Times",
    "uac": "protocol: Requests of the application server",
    "spiral": "protocol: Spiral",
    "cancel": "protocol: Cancelling",
    "sl": "protocol: Messages without a transaction",
    "bind": "protocol: Bindings",
    "unbind": "protocol: Bindings",
}
_HARMLESS: Final = frozenset({"uac-cseq-one", "bind-shadowed", "reply-type", "unbind-unknown"})
_SEVERITIES: Final = {"info": I, "warning": W, "error": E}


def _causes() -> list[Cause]:
    causes = []
    for rule in MISTAKES.values():
        severity = I if rule.id in _HARMLESS else _SEVERITIES[rule.severity]
        causes.append(
            Cause(
                rule.id,
                severity,
                rule.description,
                _MEANINGS.get(rule.id, "the proxy ignores it, mostly without a word"),
                "an action, held against what this server does with it (docs/mistakes.md)",
                rule.cure,
                _SECTIONS.get(rule.id.partition("-")[0], "protocol: Actions"),
            )
        )
    return sorted(causes, key=lambda cause: -cause.severity)


MISTAKE_CAUSES: Final = tuple(_causes())
"""Errors first, else in the order of the rules."""
