"""Every rule: a stable id, the severity it has unless a finding says otherwise, and one line."""

from typing import Final, NamedTuple

from seastool.interop.finding import Severity

I, W, E = Severity.INFO, Severity.WARNING, Severity.ERROR  # noqa: E741


class Rule(NamedTuple):
    """One rule. The severity is the usual one; what is known of a server is told as info."""

    id: str
    severity: Severity
    description: str


_RULES = (
    # Frames of both sides
    Rule("undecodable", E, "the bytes do not decode as what they must be"),
    Rule("length-field", E, "the length in front is not that of the frame"),
    Rule(
        "frame-too-long",
        E,
        "longer than the proxy's buffer for events, or for actions (4000), if it completes or not",
    ),
    Rule("unknown-type", E, "a frame type that SEAS does not have there"),
    Rule("reserved-action", W, "REPLY_FIN_DLG is declared but no proxy handles it"),
    Rule("flags-unknown", W, "flag bits that SEAS does not have for the type"),
    Rule("flags-for-both", I, "a BIND or UNBIND whose flags let it be read in both layouts"),
    Rule("processor-id", W, "a processor id outside 1..127 where one is needed"),
    Rule("hash-index", W, "a hash index above 65535"),
    Rule("transport-unknown", W, "a transport number that the dialect does not have"),
    Rule("address-length", W, "a raw address of neither 0, 4 nor 16 bytes, or not of its family"),
    # Handshake
    Rule("name-too-long", E, "an application server's name longer than the proxy takes"),
    Rule("name-empty", E, "an application server's name without a byte"),
    Rule("name-characters", W, "an application server's name with bytes that are not printable"),
    Rule("socket-info-mark", W, "socket info does not start with 16"),
    Rule("socket-info-empty", W, "socket info without a socket: nothing can be bound"),
    Rule("socket-info-address", W, "socket info with an address that is none"),
    Rule("socket-info-transport", W, "socket info with a transport that cannot be bound"),
    Rule("socket-info-labels", I, "socket info of a proxy that calls every listener UDP"),
    # Events
    Rule("cancel-without-ids", W, "a CANCEL with a transaction, but without the INVITE it cancels"),
    Rule("cancel-flag", W, "CANCEL_FOUND on a request that is not CANCEL"),
    Rule("ack-flag", W, "E2E_ACK on a request that is not ACK"),
    Rule("faked-reply-fields", W, "a faked reply with a transport, an address or a message"),
    Rule("faked-reply-unmarked", W, "a response event without message and without FAKED_REPLY"),
    Rule("status-mismatch", E, "the event's status is not that of the response in it"),
    # Message information and index
    Rule("method-code", E, "the message code is not that of the method or status in the text"),
    Rule("method-code-zero", I, "the message code 0 of a server that writes it so"),
    Rule("unknown-code", E, "a number that the dialect does not have"),
    Rule("text-start", E, "the SIP text does not start where the last structure ends"),
    Rule("trailing-bytes", W, "bytes that nothing accounts for"),
    Rule("header-count", E, "the index does not have as many headers as the text"),
    Rule("header-type", E, "a header's type is not that of its name in the text"),
    Rule("index-not-contiguous", E, "the structures do not follow one another as the index says"),
    Rule("index-end-type", W, "the type byte of the index's last entry is not 0"),
    # Starts and lengths
    Rule("span-out-of-bounds", E, "a start or length points outside its header or the text"),
    Rule("span-off-by-one", E, "a start or length is one off what the text says"),
    Rule("span-wrapped", W, "a start or length over 255, cut to 8 bits"),
    Rule("span-wrong", E, "a start or length is not what the text says"),
    # Header structures
    Rule("bare-structure", W, "a header structure of only 4 bytes"),
    Rule("structure-missing", W, "a header of a type that is encoded has no structure"),
    Rule("structure-size", E, "a size or count inside a structure is wrong"),
    Rule("structure-flags", E, "a structure's flags are not what the text says"),
    Rule("params-order", W, "a parameter list that does not run in text order"),
    Rule("params-wrong", E, "a parameter list that does not fit the text"),
    Rule("value-wrong", E, "a number that is not the one in the text"),
    Rule("content-length-value", E, "a Content-Length structure that is not the value in the text"),
    Rule("mime-code", E, "a mime type that is not the one in the text"),
    Rule("mime-garbage", I, "the Content-Type value of a server that sends half a pointer"),
    Rule("allow-mask", E, "a mask of methods that is not the list in the text"),
    Rule("uri-refused", W, "a URI scheme that no proxy encodes"),
    Rule("message-refused", I, "SIP text that this server was believed to refuse"),
    Rule("encoding-differs", E, "bytes that are not those the server makes of the same text"),
    # SIP text of actions
    Rule("sip-text", E, "SIP text that does not parse"),
    Rule("reply-not-response", E, "a reply action whose text is not a response"),
    Rule("request-not-request", E, "a request action whose text is not a request"),
    Rule("reply-status", I, "REPLY_PROV with a final status, or REPLY_FIN with a provisional one"),
    Rule("uac-headers", I, "a UAC request without From tag, To, Call-ID or CSeq: AC_RES_FAIL"),
    Rule("uac-cseq-one", I, "a UAC request with CSeq 1, which goes out as 11"),
    Rule("headers-too-long", W, "more than 1024 bytes of headers that the proxy keeps"),
    Rule("cancel-method", W, "an AC_CANCEL whose text is not a CANCEL"),
    Rule("body-length", W, "a Content-Length in an action's text that is not the body's length"),
)

RULES: Final[dict[str, Rule]] = {rule.id: rule for rule in _RULES}
