"""SIP over UDP and TCP on asyncio, and where its URIs lead to."""

from seastool.net.sip.limits import Limits
from seastool.net.sip.ports import SipPorts
from seastool.net.sip.receiver import Receiver, SipSocket
from seastool.net.sip.resolver import Resolver
from seastool.net.sip.target import Place, Unresolvable

__all__ = [
    "Limits",
    "Place",
    "Receiver",
    "Resolver",
    "SipPorts",
    "SipSocket",
    "Unresolvable",
]
