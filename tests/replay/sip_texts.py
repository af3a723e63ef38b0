"""SIP messages for tests of replaying."""


def request(
    method: str = "INVITE",
    *,
    cseq: int = 1,
    branch: str = "z9hG4bK1",
    to_tag: str = "",
    from_tag: str = "a",
    call_id: str = "call-1",
    body: str = "",
    more: str = "",
) -> bytes:
    """A request of alice's; more: header lines, each with its line end."""
    to = f";tag={to_tag}" if to_tag else ""
    return (
        f"{method} sip:bob@10.0.0.2 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 10.0.0.1:5060;branch={branch}\r\n"
        f"From: <sip:alice@10.0.0.1>;tag={from_tag}\r\nTo: <sip:bob@10.0.0.2>{to}\r\n"
        f"Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n{more}"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def response(
    status: int = 200,
    *,
    method: str = "INVITE",
    cseq: int = 1,
    branch: str = "z9hG4bK1",
    to_tag: str = "b",
    from_tag: str = "a",
    call_id: str = "call-1",
    reason: str = "OK",
    body: str = "",
    more: str = "",
) -> bytes:
    """A response to alice."""
    to = f";tag={to_tag}" if to_tag else ""
    return (
        f"SIP/2.0 {status} {reason}\r\n"
        f"Via: SIP/2.0/UDP 10.0.0.1:5060;branch={branch}\r\n"
        f"From: <sip:alice@10.0.0.1>;tag={from_tag}\r\nTo: <sip:bob@10.0.0.2>{to}\r\n"
        f"Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n{more}"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
