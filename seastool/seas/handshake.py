"""What passes before the first frame: names and socket info (docs/protocol.md: Connections)."""

from seastool.wire import Structure, counted_bytes, counted_list, structure, u8, u16

SOCKET_INFO_MARK = 16


@structure()
class Name(Structure):
    """The application server's name, sent on each socket."""

    name: bytes = counted_bytes(doc="as the proxy's routing script relays to")


@structure()
class ListeningSocket(Structure):
    """One SIP socket of the proxy. The address is text."""

    protocol: int = u8(names="transport")
    name: bytes = counted_bytes(doc="host name, or the address")
    address: bytes = counted_bytes(doc="in text")
    port: int = u16()


@structure()
class SocketInfo(Structure):
    """The proxy's listening sockets. It has no length of its own."""

    mark: int = u8(default=SOCKET_INFO_MARK, doc="once the power of the transaction table")
    sockets: list[ListeningSocket] = counted_list(ListeningSocket, doc="where the proxy takes SIP")
