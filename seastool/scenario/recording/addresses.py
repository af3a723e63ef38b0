"""The addresses in the SIP texts of a capture, each a variable of the scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address

from seastool.render.facts import address_text, endpoint
from seastool.scenario.recording.yaml_text import flow
from seastool.seas.dialect import Dialect
from seastool.seas.frames import Received

UDP = 1

_IPV4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
_ADDRESS = re.compile(
    rf"(?<![\w.])(?:(?P<four>{_IPV4})|\[(?P<six>[0-9A-Fa-f:.]{{2,45}})\])"
    r"(?::(?P<port>[0-9]{1,5})(?![0-9]))?(?![\w.])"
    r"|(?<=IN IP6 )(?P<bare>[0-9A-Fa-f:.]{2,45})"
)
_PRODUCT = re.compile(r"^(?:user-agent|server)[ \t]*:[^\n]*", re.IGNORECASE | re.MULTILINE)


class Addresses:
    """Names addresses as they are met: the proxy's own socket, peers with a port, hosts."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    @property
    def variables(self) -> dict[str, str]:
        """Variable to address, in the order of their names' first use."""
        return {name: value for value, name in self._names.items()}

    def proxy(self, packed: bytes, port: int) -> str:
        """The variable of a socket of the proxy."""
        return self._name(endpoint(address_text(packed), port), "proxy", numbered=False)

    def peer(self, packed: bytes, port: int) -> str:
        """The variable of a socket of someone else's."""
        return self._name(endpoint(address_text(packed), port), "peer")

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Start, end and variable of each address in a text, versions of products left out."""
        products = [found.span() for found in _PRODUCT.finditer(text)]
        for found in _ADDRESS.finditer(text):
            if any(start <= found.start() < end for start, end in products) or not _is(found):
                continue
            prefix = "peer" if found["port"] else "host"
            yield found.start(), found.end(), self._name(found[0], prefix)

    def _name(self, value: str, prefix: str, *, numbered: bool = True) -> str:
        known = self._names.get(value)
        if known is None:
            count = self._counts[prefix] = self._counts.get(prefix, 0) + 1
            known = f"{prefix}{count}" if numbered or count > 1 else prefix
            self._names[value] = known
        return known


def receive_text(frame: Received, addresses: Addresses, dialect: Dialect) -> str:
    """Receive information as a mapping in one line."""
    values = {}
    transport = dialect.transport_name(frame.protocol)
    if transport and frame.protocol != UDP:
        values["transport"] = transport.lower()
    source = addresses.peer(frame.source_address, frame.source_port)
    destination = addresses.proxy(frame.destination_address, frame.destination_port)
    values["source"] = f'"{{{{ {source} }}}}"'
    values["destination"] = f'"{{{{ {destination} }}}}"'
    return flow(values)


def _is(found: re.Match[str]) -> bool:
    if found["port"] and int(found["port"]) >= 1 << 16:
        return False
    try:
        ip_address(found["four"] or found["six"] or found["bare"])
    except ValueError:
        return False
    return True
