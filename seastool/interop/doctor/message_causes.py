"""Why a server does not hand a message to the application server, or not as it should."""

from __future__ import annotations

from typing import Final

from seastool.interop.doctor.cause import REMOVE_LENGTH, Cause
from seastool.interop.finding import Severity

I, W, E = Severity.INFO, Severity.WARNING, Severity.ERROR  # noqa: E741

_UNSEEN = "the caller gets 500 and the application server sees nothing"

MESSAGE_CAUSES: Final = (
    Cause(
        "content-length-zero",
        E,
        "Content-Length: 0 does not encode on this server",
        "it reads a length of 0 as not parsed yet and stops before the line end the second time: "
        f"{_UNSEEN}; such a response to a UAC_REQ is never reported",
        "a header Content-Length of 0 that ends with CRLF, on Kamailio 5.3.9, 5.4.7, 5.5.3, 5.6 "
        "and later",
        f"in the proxy's script, before as_relay_t(): {REMOVE_LENGTH} (module textopsx); or have "
        "the peer send no Content-Length, or a body",
        "protocol: Faults of messages and transactions",
    ),
    Cause(
        "content-length-missing",
        E,
        "this server encodes no message without Content-Length",
        f"it looks for the body by that header: {_UNSEEN}",
        "no Content-Length, on OpenSIPS 1.8 and later",
        "have the peer send Content-Length, over UDP too; 0 does",
        "protocol: Faults of messages and transactions",
    ),
    Cause(
        "two-accepts",
        E,
        "two Accept headers kill the server",
        "the second one has no parsed value, and the encoder reads through it: the server dies, in "
        "every version tried, and any SIP sender can do it",
        "two Accept headers in one message",
        'in the proxy\'s script, before as_relay_t(): remove_hf("Accept"); msg_apply_changes(); '
        "where there is more than one",
        "protocol: Faults that end a server",
    ),
    Cause(
        "other-scheme",
        E,
        "credentials of a scheme other than Digest kill the server",
        "the encoder takes them for Digest credentials that were parsed",
        "Authorization or Proxy-Authorization with another scheme than Digest",
        'in the proxy\'s script, before as_relay_t(): remove_hf("Authorization"); '
        'remove_hf("Proxy-Authorization"); msg_apply_changes();',
        "protocol: Faults that end a server",
    ),
    Cause(
        "event-too-long",
        E,
        "the event does not fit the server's buffer",
        "the buffer has 3200 bytes for text and index together: " + _UNSEEN,
        "an encoded message longer than what is left of the buffer",
        "make the message shorter before as_relay_t(): remove_hf() of headers that the application "
        "server does not read, fewer codecs in the SDP; 2,200 bytes of SIP mostly fit",
        "protocol: An event that does not fit",
    ),
    Cause(
        "event-overruns",
        W,
        "the event is longer than the server's buffer, which it does not check",
        "it writes past 3200 (OpenSIPS from 1.4.5: 32000) bytes: the event may arrive, and the "
        "server may die of it later",
        "an event longer than the buffer, on a server without the check",
        "make the message shorter before as_relay_t(), or use Kamailio 4.4 or later",
        "protocol: An event that does not fit",
    ),
    Cause(
        "long-header",
        E,
        "a header over 255 bytes, which this server refuses",
        f"the first versions have one byte for a header's length: {_UNSEEN}",
        "a header of more than 255 bytes, line end included, on OpenSER 1.2 before March 2007",
        "shorten it, or use OpenSER 1.2.0 or later",
        "protocol: A header that is too long",
    ),
    Cause(
        "uri-too-long",
        E,
        "a URI over 255 bytes",
        f"all places within a URI have one byte: {_UNSEEN}",
        "a URI of more than 255 bytes in the start line or in an encoded header",
        "shorten it: move its parameters into a header of their own",
        "protocol: Limits",
    ),
    Cause(
        "uri-refused",
        E,
        "a request URI that this server does not parse",
        f"only sip, sips and tel URIs have a structure: {_UNSEEN}",
        "a request URI of another scheme, or one that the server's parser refuses",
        "rewrite it in the proxy's script before as_relay_t() ($ru), or have the peer mend it",
        "protocol: Uri, Header structures",
    ),
    Cause(
        "start-line",
        E,
        "a start line that this server does not parse",
        "the message is dropped before the script runs: nobody gets an answer",
        "a first line that is neither METHOD URI SIP/2.0 nor SIP/2.0 STATUS REASON for this server",
        "have the peer mend it: the line is to end with CRLF and has single blanks",
        "RFC 3261 7.1",
    ),
    Cause(
        "headers-unfinished",
        E,
        "no empty line behind the headers",
        "the message is dropped before the script runs",
        "a text that ends before CRLF CRLF",
        "end the headers with an empty line; a file that an editor has stripped lacks it",
        "RFC 3261 7",
    ),
    Cause(
        "via-missing",
        E,
        "no Via header",
        "a proxy takes no message without one: dropped before the script runs",
        "no Via among the headers that this server knows",
        "have the peer send Via with a branch that begins with z9hG4bK",
        "RFC 3261 8.1.1",
    ),
    Cause(
        "header-missing",
        E,
        "a header that every request has is missing",
        "the message is dropped before the script runs, or by tm, which needs From, To, Call-ID "
        "and CSeq for a transaction",
        "From, To, Call-ID or CSeq missing",
        "have the peer send From, To, Call-ID and CSeq",
        "RFC 3261 8.1.1",
    ),
    Cause(
        "header-twice",
        E,
        "a header twice of which there is one only",
        "the message is dropped before the script runs",
        "From, To, CSeq, Call-ID, Max-Forwards or Content-Length twice, on Kamailio 5.5 and later",
        "have the peer send it once",
        "RFC 3261 7.3.1",
    ),
    Cause(
        "content-type",
        E,
        "a Content-Type that this server does not parse",
        f"its parser knows type/subtype of few characters: {_UNSEEN}",
        "a Content-Type that the server's parser refuses, as application/vnd.3gpp.sms before "
        "OpenSIPS 1.8 and Kamailio 4.4",
        "rewrite the header in the proxy's script before as_relay_t() and keep the old value in a "
        "header of another name",
        "protocol: ContentType, Media types",
    ),
    Cause(
        "header-unparsable",
        E,
        "a header that this server does not parse",
        "one encoded header that does not parse refuses the whole message: " + _UNSEEN,
        "a Via, To, CSeq, Contact, Route, Record-Route, credentials, Expires or Content-Length "
        "that "
        "the server's parser refuses",
        "have the peer mend it; or take it away in the proxy's script before as_relay_t(): "
        "remove_hf() with its name; msg_apply_changes();",
        "protocol: Header structures",
    ),
    Cause(
        "message-refused",
        E,
        "the server refuses the message",
        _UNSEEN,
        "the server's encoder refuses it",
        "see the reason",
        "protocol: The encoded message",
    ),
    Cause(
        "final-not-reported",
        E,
        "this server reports no final responses",
        "the module registers for one callback only: UAC transactions of the application server "
        "hang",
        "a final response, on Kamailio 3.1 and later",
        "use OpenSER 1.2 to OpenSIPS 1.6 for the client side, mend the module, or send requests by "
        "another way than UAC_REQ",
        "protocol: Faults of messages and transactions",
    ),
    Cause(
        "provisional-not-reported",
        W,
        "this server reports provisional responses only if tm is told to",
        "tm keeps them to itself",
        "a provisional response, on Kamailio 3.1 and later",
        'in the proxy\'s configuration: modparam("tm", "pass_provisional_replies", 1)',
        "protocol: Faults of messages and transactions",
    ),
    Cause(
        "trying-not-reported",
        I,
        "no server reports a 100",
        "a 100 is for the hop that it is on",
        "a response 100",
        "expect none: the next provisional or final response is the first that is reported",
        "protocol: Responses",
    ),
    Cause(
        "cancel-needs-invite",
        I,
        "a CANCEL is handed over only if it matches",
        "one that matches no transaction gets 500 and no event",
        "the method CANCEL",
        "send it with the request URI, Via branch, Call-ID, From tag and CSeq number of its "
        "INVITE, "
        "before the final response",
        "protocol: ACK and CANCEL",
    ),
    Cause(
        "ack-not-reported",
        I,
        "this server does not report every ACK",
        "one to a 2xx, or one that matches nothing, may be kept back by this version",
        "the method ACK, on a server that keeps some back",
        "do not wait for the ACK in the application server",
        "protocol: ACK and CANCEL, How servers differ",
    ),
    Cause(
        "structure-bare",
        I,
        "a header over 256 bytes arrives without its structure",
        "the application server gets where it is, not what is in it",
        "a header of more than 256 bytes of a kind that is encoded, on Kamailio",
        "shorten it, or parse it in the application server",
        "protocol: A header that is too long",
    ),
)
"""Ranked: what ends the server or all of such messages first."""
