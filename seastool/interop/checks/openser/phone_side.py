"""The phone of the checks of a proxy: requests that it sends, and what it gets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seastool.interop.checks.openser.came import (
    FIRST_FINAL,
    PhoneAddress,
    Request,
    SipCame,
    answers,
)
from seastool.interop.checks.openser.ground import Ground
from seastool.interop.checks.verdict import Skipped
from seastool.sip.hop import TCP, UDP
from seastool.sip.parts import cseq, header, status, tag
from seastool.sip.reasons import reason_of
from seastool.sip.reply import respond


class PhoneSide(Ground):
    """We are a phone of a proxy's."""

    @property
    def my_phone(self) -> PhoneAddress:
        """Raises: Skipped without a phone."""
        if self.phone is None:
            raise Skipped("it wants a phone: --sip HOST:PORT says where the proxy takes SIP")
        return self.phone

    def make(
        self,
        method: str = "MESSAGE",
        *,
        headers: Sequence[str] = (),
        content: bytes = b"ping",
        user: str = "check",
        to_tag: str = "",
        protocol: int = UDP,
        number: int = 7,
        call: Request | None = None,
        length: bool = True,
        branch: str = "",
    ) -> Request:
        """A request to the proxy.

        content: with a Content-Length unless `length` is false. call: the request whose dialog it
        belongs to.
        """
        phone = self.my_phone
        call_id = call.call_id if call else f"{self.new_id()}@check"
        from_tag = tag(call.text, "From") if call else self.new_id()
        via = f"{'TCP' if protocol == TCP else 'UDP'} {phone.host}:{phone.port}"
        lines = [
            f"{method} sip:{user}@{self.to_host} SIP/2.0",
            f"Via: SIP/2.0/{via};branch={branch or f'z9hG4bK{self.new_id()}'};rport",
            f"From: <sip:phone@{phone.host}>;tag={from_tag}",
            f"To: <sip:{user}@{self.to_host}>{f';tag={to_tag}' if to_tag else ''}",
            f"Call-ID: {call_id}",
            f"CSeq: {number} {method}",
            "Max-Forwards: 70",
            f"Contact: <{phone.uri}>",
            *headers,
        ]
        if content:
            lines.append("Content-Type: text/plain")
        if content and length:
            lines.append(f"Content-Length: {len(content)}")
        text = "\r\n".join([*lines, "", ""]).encode() + content
        return Request(text, call_id, method, protocol)

    def call(self, method: str = "MESSAGE", **how: Any) -> Request:
        """The same, sent."""
        request = self.make(method, **how)
        self.send_sip(request.text, request.protocol)
        return request

    def acknowledge(self, request: Request, response: SipCame) -> Request:
        """Send the ACK for a final response to an INVITE."""
        succeeded = (status(response.text) or 0) < 300
        number, _ = cseq(request.text)
        via = header(request.text, "Via") or ""
        ack = self.make(
            "ACK",
            content=b"",
            to_tag=tag(response.text, "To") or "",
            number=number or 7,
            call=request,
            branch="" if succeeded else via.partition("branch=")[2].partition(";")[0],
            protocol=request.protocol,
        )
        self.send_sip(ack.text, ack.protocol)
        return ack

    def cancel(self, invite: Request) -> Request:
        """Send the CANCEL of an INVITE."""
        number, _ = cseq(invite.text)
        via = header(invite.text, "Via") or ""
        branch = via.partition("branch=")[2].partition(";")[0]
        text = self.make("CANCEL", content=b"", number=number or 7, call=invite, branch=branch)
        self.send_sip(text.text)
        return text

    async def response(
        self, request: Request, code: int = 0, *, fault: str = "", within: float | None = None
    ) -> SipCame:
        """The next response to the phone's request: with that status, or any final one."""
        wanted = str(code) if code else "a final response"

        def fits(item: Any) -> SipCame | None:
            if not isinstance(item, SipCame) or not answers(item.text, request):
                return None
            found = status(item.text) or 0
            return item if (found == code if code else found >= FIRST_FINAL) else None

        what = f"{wanted} to the phone's {request.method}"
        return await self.expect(what, fits, fault=fault, within=within)

    async def no_response(self, request: Request, code: int, *, fault: str = "") -> None:
        """Make sure that no response with that status comes."""

        def fits(item: Any) -> SipCame | None:
            if isinstance(item, SipCame) and answers(item.text, request):
                return item if status(item.text) == code else None
            return None

        await self.forbid(f"no {code} to the phone's {request.method}", fits, fault=fault)

    async def arrival(self, call_id: str, method: str, *, fault: str = "") -> SipCame:
        """A request of the application server's at the phone."""

        def fits(item: Any) -> SipCame | None:
            if isinstance(item, SipCame) and header(item.text, "Call-ID") == call_id:
                return item if item.text.startswith(f"{method} ".encode()) else None
            return None

        return await self.expect(f"{method} at the phone", fits, fault=fault)

    def answer(self, request: SipCame, code: int) -> None:
        """The phone answers a request of the application server's."""
        contact = f"Contact: <{self.my_phone.uri}>\r\nContent-Type: text/plain\r\n".encode()
        reason = reason_of(code).encode()
        text = respond(request.text, code, reason, tag=b"phone", headers=contact, body=b"pong")
        self.send_sip(text, request.hop.protocol, request.hop)
