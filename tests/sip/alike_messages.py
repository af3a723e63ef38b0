"""Messages that differ in their identifiers, as those of many calls do: what is kept of one is
used for the next, and must be right for it."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

_STARTS = [b"INVITE sip:{1}@h SIP/2.0\r\n", b"BYE sip:h SIP/2.0\r\n", b"SIP/2.0 200 OK\r\n"]
_NEEDED = [
    [
        b"Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{0}",
        b"Via: SIP/2.0/TCP host;branch={0};rport",
        b"v: SIP/2.0/TLS [::1];received=10.0.0.9;branch=z9hG4bK{0}, SIP/2.0/UDP i;branch={6} ",
        b"Via: SIP/2.0/UDP h",
        b"Via: SIP/2.0/UDP h;branch={0}\r",
    ],
    [
        b"From: A <sip:{1}@h:5060>;tag={2}",
        b'f: "A \\" B" <sip:{1}@h;lr?a=b>;tag={2};x="y z"',
        b"From:sip:{1}@h;tag={2}",
        b"From: <sip:{1}@h>;tag={2};{6}",
    ],
    [
        b"To: <sip:{3}@h>",
        b"To: B <sip:{3}@h>;tag={4}",
        b"t : <sip:{3}@h;transport=tcp>;x;tag={4};q=z  ",
    ],
    [b"Call-ID: {5}@10.0.0.1", b"i:{5}", b"Call-ID: {5} {6}", b"call-id:\t{5}"],
    [b"CSeq: 1 INVITE", b"CSeq: 2 BYE", b"CSeq:  3  X"],
]
_MORE = [
    b"Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK{6}",
    b"Contact: <sip:{1}@h>;expires=60",
    b"m: sip:{1}@h;q=0.5, <sip:{3}@h>;tag={2}",
    b"Record-Route: <sip:{6}@p;lr>",
    b"Route: <sip:p;lr>, <sip:q;lr>;tag={6}",
    b"To: <sip:twice@h>",
    b"Content-Length: 4",
    b"l: 0",
    b"Content-Type: application/sdp",
    b"Accept: text/plain, */*",
    b"Max-Forwards: 70",
    b"Subject: s;tag={6};branch={6}",
    b"Authorization: Digest username=u, nonce={6}",
    b"X: \r\n y;tag={6}",
    b"X-{6}: 1",
    b"Allow: INVITE, ACK",
]
_PIECES = [
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b'"',
    b"<",
    b">",
    b";",
    b",",
    b"=",
    b":",
    b"@",
    b"(",
    b"\0",
]
_PIECES += [
    b"sip:{6}@",
    b";tag={6}",
    b";branch={6}",
    b"sip:{6}",
    b"\r\n\r\n",
    b"\r\n \r\n",
    b"\xff",
]
_LETTERS = b"abcxyzABC0123456789-._+"


@st.composite
def alike_messages(draw: st.DrawFn) -> list[bytes]:
    """Some messages of one template: some with identifiers of the same lengths, some with those
    lengths in another order, so that lines as long may differ in more, and the first again."""
    lines = [draw(st.sampled_from(kinds)) for kinds in _NEEDED]
    lines += draw(st.lists(st.sampled_from(_MORE), max_size=5))
    lines = draw(st.permutations(lines)) if draw(st.booleans()) else lines
    text = draw(st.sampled_from(_STARTS)) + b"\r\n".join([*lines, b"", b"body"])
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(_PIECES)) + text[at + draw(st.integers(0, 2)) :]
    random = Random(draw(st.integers(0, 1 << 32)))
    sizes = [random.choice((1, 1, 2, 3, 0)) for _ in range(7)]
    orders = [sizes, sizes, *(random.sample(sizes, k=7) for _ in range(3))]
    family = [_filled(text, order, random) for order in orders]
    return [*family, family[0]]


def _filled(text: bytes, sizes: list[int], random: Random) -> bytes:
    for number, size in enumerate(sizes):
        text = text.replace(b"{%d}" % number, bytes(random.choices(_LETTERS, k=size)))
    return text
