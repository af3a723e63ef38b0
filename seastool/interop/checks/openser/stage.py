"""What checks of a proxy can do: as a phone, and as its application server."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from seastool.errors import DecodeError, SeasError
from seastool.interop.checks.stage import Stage
from seastool.interop.checks.verdict import Differs, Skipped
from seastool.render.printable import printable
from seastool.render.sip_text import call_id, cseq
from seastool.seas.connection.app_server import AF_INET, AF_INET6
from seastool.seas.dialect import Dialect
from seastool.seas.frames import (
    AcResFail,
    Action,
    Bind,
    Reply,
    ResIn,
    SlReqIn,
    TReqIn,
    UacReq,
    Unbind,
)
from seastool.seas.handshake import SocketInfo
from seastool.seas.message import Message
from seastool.seas.openser.behaviour import MAX_BINDS, Behaviour
from seastool.seas.types import ActionType, Socket
from seastool.sip.hop import TCP, UDP, Hop
from seastool.sip.parts import header, start_line, status, tag
from seastool.sip.reasons import reason_of
from seastool.sip.reply import respond

_FIRST_FINAL: Final = 200
_FAILURE: Final = 300
NOBODYS: Final = bytes((192, 0, 2, 1))  # RFC 5737: no proxy listens there
BETWEEN: Final = 0.002  # seconds between two writes that a proxy is to read one by one
SETTLING: Final = 0.03  # for an action that nobody answers


@dataclass(frozen=True, slots=True)
class SipCame:
    """A SIP message has come to the phone."""

    text: bytes
    hop: Hop


@dataclass(frozen=True, slots=True)
class FrameCame:
    """A frame has come from the proxy; sip: the SIP text in it, empty if there is none."""

    frame: Any
    data: bytes
    sip: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The connections to the proxy are gone."""

    reason: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request of the phone's. protocol: UDP or TCP."""

    text: bytes
    call_id: str
    method: str
    protocol: int = UDP


@dataclass(frozen=True, slots=True)
class PhoneAddress:
    """Where the phone is: the same port for UDP and TCP."""

    host: str
    port: int

    @property
    def uri(self) -> str:
        """Where others reach it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"sip:phone@{host}:{self.port}"


class OpenserStage(Stage):
    """We are a phone of a proxy's, and its application server.

    info: its socket info. server: who it is, as its messages say; empty if they do not.
    processor_id: what we are bound as; another one on every connection. bound: all that we have
    bound and not taken back, in that order. pings: whether a ping has come at any time.
    """

    info: SocketInfo
    name: bytes
    server: str
    processor_id: int
    bound: list[int]
    pings: bool
    phone: PhoneAddress | None
    to_host: str
    """The proxy's SIP address, host and port, as it stands in URIs."""

    # For those who make it of sockets.

    @property
    @abstractmethod
    def dialect(self) -> Dialect:
        """The proxy's, as far as it is known."""

    @abstractmethod
    def new_id(self) -> str:
        """An identifier that nobody else has."""

    @abstractmethod
    def send_sip(self, text: bytes, protocol: int = UDP, way: Hop | None = None) -> None:
        """Send a message from the phone: to the proxy, or some other way."""

    @abstractmethod
    def act(self, action: Action) -> None:
        """Send an action."""

    @abstractmethod
    def encode(self, action: Action) -> bytes:
        """The bytes that `act` would send."""

    @abstractmethod
    def write(self, socket: Socket, data: bytes) -> None:
        """Send bytes as they are, in one piece."""

    @abstractmethod
    async def write_in_pieces(self, socket: Socket, pieces: Iterable[bytes]) -> None:
        """Send bytes in pieces that are read one by one, with nothing else in between."""

    @abstractmethod
    async def open(self, *, pieces: bool = False) -> bool:
        """Connect once more, after `leave`; whether it succeeded in time. pieces: names come in
        two pieces."""

    @abstractmethod
    async def leave(self, *, abruptly: bool = False) -> None:
        """Close both connections."""

    @abstractmethod
    async def open_other(self, name: bytes) -> str:
        """Connect as another application server of that name, and leave again. Returns what came
        of it: `socket info`, `nothing`, or why the connection failed."""

    @abstractmethod
    async def touch(self, count: int) -> None:
        """Connect to both ports so often and leave without a name."""

    def describe(self, item: Any) -> str:
        """See `Stage`."""
        if isinstance(item, SipCame):
            number, method = cseq(item.text)
            first = item.text.partition(b"\r\n")[0].decode("utf-8", "backslashreplace")
            told = f"{first} (CSeq {number} {method})" if status(item.text) else first
            return printable(f"SIP {told}")
        if isinstance(item, FrameCame):
            what = " ".join(start_line(item.sip)) if item.sip else ""
            name = type(item.frame).__name__
            if isinstance(item.frame, ResIn):
                what = f"uac id {item.frame.uac_id} status {item.frame.status} {what}"
            elif isinstance(item.frame, AcResFail):
                what = f"uac id {item.frame.uac_id} {item.frame.reason!a}"
            return printable(f"{name} {what}".strip())
        return printable(f"the end of the connection ({item.reason})")

    # The phone.

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
            if not isinstance(item, SipCame) or not _answers(item.text, request):
                return None
            found = status(item.text) or 0
            return item if (found == code if code else found >= _FIRST_FINAL) else None

        what = f"{wanted} to the phone's {request.method}"
        return await self.expect(what, fits, fault=fault, within=within)

    async def no_response(self, request: Request, code: int, *, fault: str = "") -> None:
        """Make sure that no response with that status comes."""

        def fits(item: Any) -> SipCame | None:
            if isinstance(item, SipCame) and _answers(item.text, request):
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

    # The application server.

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
            if isinstance(item, FrameCame) and _is_of(item, request):
                return item if isinstance(item.frame, kind) else None
            if is_refused(item, request):
                raise Differs(what, self.describe(item), fault)
            return None

        what = f"{'T' if kind is TReqIn else 'SL'}_REQ_IN of the phone's {request.method}"
        return await self.expect(what, fits, fault=fault, within=within)

    async def no_event(self, request: Request, *, fault: str = "") -> None:
        """Make sure that the application server hears nothing of it."""

        def fits(item: Any) -> FrameCame | None:
            return item if isinstance(item, FrameCame) and _is_of(item, request) else None

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
        kind = ActionType.REPLY_FIN if code >= _FIRST_FINAL else ActionType.REPLY_PROV
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

    # Bindings.

    def binds(self, processor_id: int) -> list[Bind]:
        """A BIND for each of the proxy's addresses."""
        seen: dict[bytes, Bind] = {}
        for one in self.info.sockets:
            address = _packed(one.address)
            family = AF_INET if len(address) == 4 else AF_INET6
            seen.setdefault(
                address,
                Bind(
                    processor_id=processor_id,
                    family=family,
                    address=address,
                    protocol=one.protocol,
                    port=one.port,
                ),
            )
        return list(seen.values())

    async def bind(self, processor_id: int) -> None:
        """Bind a processor to all addresses. No answer comes: it is given time."""
        for action in self.binds(processor_id):
            self.act(action)
            self.bound.append(processor_id)
            await self.pause(BETWEEN)
        await self.pause(SETTLING)

    async def unbind(self, processor_id: int) -> None:
        """Take one binding back."""
        if processor_id in self.bound:
            self.bound.remove(processor_id)
        self.act(Unbind(processor_id=processor_id))
        await self.pause(BETWEEN)
        self.act(stray_bind())  # an UNBIND may wait for what follows it
        await self.pause(SETTLING)

    async def unbind_all(self) -> None:
        """Take back all bindings, those of others before us too.

        The last first, as a real proxy looks no further than it counts; and not one too many, as
        it counts that too. A request shows each time who else is bound.
        Raises: Differs if there is no end.
        """
        for processor_id in reversed(list(self.bound)):
            await self.unbind(processor_id)
        for _ in range(MAX_BINDS + 2):
            request = self.call()

            def fits(item: Any, request: Request = request) -> Any:
                ours = isinstance(item, FrameCame) and _is_of(item, request)
                return item if ours or is_refused(item, request) else None

            item = await self.expect("an event of a request, or 500", fits)
            if isinstance(item, SipCame):
                return
            self.reply(item, 200)
            await self.unbind(item.frame.processor_id)
        raise Differs("no event behind as many UNBINDs as there can be BINDs", "events")

    @property
    def behaviour(self) -> Behaviour:
        """The ways of the proxy. Raises: Skipped if it is not known which one it is."""
        from seastool.interop.checks.known import behaviour_of

        found = behaviour_of(self.server) or behaviour_of(self.dialect.name)
        if found is None:
            raise Skipped("it is not known which proxy this is: --server NAME says so")
        return found


def stray_bind() -> Bind:
    """A BIND that does nothing."""
    return Bind(processor_id=127, family=AF_INET, address=NOBODYS, protocol=1, port=9)


def is_refused(item: Any, request: Request) -> bool:
    """Whether that is the final response of a failure to the phone's request."""
    if not isinstance(item, SipCame) or not _answers(item.text, request):
        return False
    return (status(item.text) or 0) >= _FAILURE


def sip_of(frame: Any, dialect: Dialect) -> bytes:
    """The SIP text in an event; empty if there is none that can be found."""
    payload: bytes = getattr(frame, "payload", b"")
    if not payload:
        return b""
    try:
        return bytes(Message(payload, dialect).text)
    except (DecodeError, SeasError):
        return b""


def _answers(text: bytes, request: Request) -> bool:
    return (
        text.startswith(b"SIP/2.0 ")
        and header(text, "Call-ID") == request.call_id
        and cseq(text)[1] == request.method
    )


def _is_of(item: FrameCame, request: Request) -> bool:
    return call_id(item.sip) == request.call_id and item.sip.startswith(
        f"{request.method} ".encode()
    )


def _packed(text: bytes) -> bytes:
    return ip_address(text.decode("ascii", "replace").strip("[]")).packed
