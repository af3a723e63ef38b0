"""A layer for scapy: builds and dissects SEAS, with fields made from the declarations.

Needs scapy (``pip install "seastool[scapy]"``), which nothing else of seastool imports.
"""

from __future__ import annotations

try:
    from scapy.layers.inet import TCP
    from scapy.packet import Packet, bind_bottom_up, bind_top_down
except ModuleNotFoundError as error:
    raise ImportError('seastool.scapy needs scapy: pip install "seastool[scapy]"') from error

from seastool.scapy.layer import SEAS, STANDARD, Undecoded, layers, names, sides
from seastool.scapy.packets import Unframed
from seastool.scapy.sides import PORTS
from seastool.seas.types import Direction, Socket

EVENT_PORT, ACTION_PORT = 5080, 5081

__all__ = ["SEAS", "Undecoded", "Unframed", "bind_ports", "layers", "names"]


def bind_ports(event: int, action: int) -> None:
    """Dissect these TCP ports of a proxy as SEAS, too; frames built without ports have them."""
    for port, socket in ((event, Socket.EVENT), (action, Socket.ACTION)):
        if port not in PORTS:
            bind_bottom_up(TCP, SEAS, sport=port)
            bind_bottom_up(TCP, SEAS, dport=port)
        PORTS[port] = socket
    for struct, (socket, direction) in sides().items():
        port = event if socket is Socket.EVENT else action
        end = "sport" if direction is Direction.TO_AS else "dport"
        bind_top_down(TCP, layers(STANDARD).of(struct), {end: port})


def __getattr__(name: str) -> type[Packet]:
    if name.startswith("_"):
        raise AttributeError(name)
    packet: type[Packet] = getattr(layers(), name)
    return packet


bind_ports(EVENT_PORT, ACTION_PORT)
