"""The application server of the checks of a proxy: events, actions, requests of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seastool.interop.checks.openser.came import (
    FIRST_FINAL,
    FrameCame,
    Request,
    is_of,
    is_refused,
)
from seastool.interop.checks.openser.phone_side import PhoneSide
from seastool.interop.checks.verdict import Differs
from seastool.seas.frames import AcResFail, Reply, ResIn, SlReqIn, TReqIn, UacReq
from seastool.seas.types import ActionType
from seastool.sip.reasons import reason_of
from seastool.sip.reply import respond


class AppServerSide(PhoneSide):
    """We are its application server, too."""

    async def event(
        self,
        request: Request,
        kind: type[TReqIn] | type[SlReqIn] = TReqIn,
        *,
        fault: str = "",
        within: float | None = None,
    ) -> FrameCame:
        """The event of a request of the phone's. An error of the proxy's in its place ends the
        wait."""

        def fits(item: Any) -> FrameCame | None:
            if isinstance(item, FrameCame) and is_of(item, request):
                return item if isinstance(item.frame, kind) else None
            if is_refused(item, request):
                raise Differs(what, self.describe(item), fault)
            return None

        what = f"{'T' if kind is TReqIn else 'SL'}_REQ_IN of the phone's {request.method}"
        return await self.expect(what, fits, fault=fault, within=within)

    async def no_event(self, request: Request, *, fault: str = "") -> None:
        """Make sure that the application server hears nothing of it."""

        def fits(item: Any) -> FrameCame | None:
            return item if isinstance(item, FrameCame) and is_of(item, request) else None

        await self.forbid(f"no event of the phone's {request.method}", fits, fault=fault)

    def reply_to(
        self,
        event: FrameCame,
        code: int,
        reason: str = "",
        *,
        headers: bytes = b"",
        content: bytes = b"",
        to_tag: str = "as",
    ) -> Reply:
        """The action that answers a request."""
        phrase = (reason or reason_of(code)).encode()
        text = respond(event.sip, code, phrase, tag=to_tag.encode(), headers=headers, body=content)
        kind = ActionType.REPLY_FIN if code >= FIRST_FINAL else ActionType.REPLY_PROV
        return Reply(
            type=kind,
            processor_id=self.processor_id,
            hash_index=event.frame.hash_index,
            label=event.frame.label,
            text=text,
        )

    def reply(self, event: FrameCame, code: int, reason: str = "", **how: Any) -> None:
        """Answer a request."""
        self.act(self.reply_to(event, code, reason, **how))

    async def exchange(self, *, fault: str = "", within: float | None = None, **how: Any) -> None:
        """A whole request, event and reply: proof that all is well."""
        request = self.call(**how)
        event = await self.event(request, fault=fault, within=within)
        self.reply(event, 200)
        await self.response(request, 200, fault=fault, within=within)

    def ask(
        self,
        method: str = "MESSAGE",
        *,
        headers: Sequence[str] = (),
        content: bytes = b"ping",
        number: int = 7,
        call_id: str = "",
        from_tag: str = "as",
        to_tag: str = "",
        flags: int = 0,
        uri: str = "",
    ) -> UacReq:
        """A request of the application server's to the phone, as an action; not sent yet."""
        call_id = call_id or f"{self.new_id()}@check-as"
        phone = self.my_phone
        lines = [
            f"{method} {uri or phone.uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {phone.host};branch=z9hG4bK{self.new_id()}",
            f"From: <sip:as@{self.to_host}>{f';tag={from_tag}' if from_tag else ''}",
            f"To: <{phone.uri}>{f';tag={to_tag}' if to_tag else ''}",
            f"Call-ID: {call_id}",
            f"CSeq: {number} {method}",
            "Max-Forwards: 70",
            f"Contact: <sip:as@{self.to_host}>",
            *headers,
        ]
        if content:
            lines += ["Content-Type: text/plain", f"Content-Length: {len(content)}"]
        text = "\r\n".join([*lines, "", ""]).encode() + content
        uac_id = int(self.new_id()[-7:], 16) | 0x10000000
        return UacReq(processor_id=self.processor_id, flags=flags, uac_id=uac_id, text=text)

    async def reported(self, uac_id: int, code: int, *, fault: str = "") -> FrameCame:
        """The RES_IN of a response to a request of the application server's."""

        def fits(item: Any) -> FrameCame | None:
            if not isinstance(item, FrameCame) or not isinstance(item.frame, ResIn):
                return None
            fits = item.frame.uac_id == uac_id and item.frame.status == code
            return item if fits else None

        return await self.expect(f"RES_IN {code} for uac id {uac_id}", fits, fault=fault)

    async def failure(self, uac_id: int, *, fault: str = "") -> AcResFail:
        """The AC_RES_FAIL of an action."""

        def fits(item: Any) -> AcResFail | None:
            if not isinstance(item, FrameCame) or not isinstance(item.frame, AcResFail):
                return None
            return item.frame if item.frame.uac_id == uac_id else None

        return await self.expect(f"AC_RES_FAIL for uac id {uac_id}", fits, fault=fault)
