"""The structure of Via (docs/protocol.md: Vias)."""

from seastool.seas import via as wire
from seastool.seas.builder.addresses import wrapped
from seastool.seas.builder.pointers import parameter_pointers
from seastool.seas.dialect import Dialect
from seastool.sip.via import Via
from seastool.wire import Span as WireSpan

_HOOKS = {
    "branch": wire.BRANCH,
    "received": wire.RECEIVED,
    "rport": wire.RPORT,
    "i": wire.I,
    "alias": wire.ALIAS,
}


def vias_record(text: bytes, vias: list[Via], dialect: Dialect) -> wire.Vias:
    """The structure of one Via header. Raises: EncodeError."""
    return wire.Vias(vias=[_via(text, via, dialect) for via in vias], padding=b"")


def _via(text: bytes, via: Via, dialect: Dialect) -> wire.Via:
    flags = 0
    last = via.host
    if via.port:
        flags |= wire.PORT
        last = via.port
    if via.parameters_span:
        flags |= wire.PARAMS
    values: dict[str, WireSpan] = {}
    for kind, flag in _HOOKS.items():
        value = via.value(kind)
        if value:
            flags |= flag
            values[kind] = wrapped(value)
    return wire.Via(
        flags=flags,
        protocol=via.protocol[0] & 0xFF,
        version=via.version[0] & 0xFF,
        transport=via.transport[0] & 0xFF,
        transport_end=(sum(via.transport) + 1) & 0xFF,
        host=via.host[0] & 0xFF,
        port=via.port[0] & 0xFF if via.port else None,
        end=(sum(last) + 1) & 0xFF,
        params=wrapped(via.parameters_span) if via.parameters_span else None,
        branch=values.get("branch"),
        received=values.get("received"),
        rport=values.get("rport"),
        i=values.get("i"),
        alias=values.get("alias"),
        parameter_list=parameter_pointers(text, via.parameters, dialect),
    )
