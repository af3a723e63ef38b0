"""The names that templates and expressions may use, as they become known from step to step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from seastool.render.facts import address_text, endpoint
from seastool.scenario.errors import BadText, shown, suggestion
from seastool.scenario.texts.call import ATTRIBUTES, Call, Exchange, Unset
from seastool.seas.builder import Receive
from seastool.sip import parts as sip_parts

Read = Callable[[Call], str]
MAX_DIGITS = 64


def _number(call: Call, value: int | None, what: str) -> str:
    if value is None:
        raise Unset(f"there was no {what} yet")
    return str(value)


def _exchange_number(attribute: str, of: Callable[[Call], Exchange | None]) -> Read:
    def read(call: Call) -> str:
        exchange = of(call)
        return _number(call, getattr(exchange, attribute, None), "transaction")

    return read


def _receive(call: Call) -> Receive:
    if call.receive is None:
        raise Unset("no request came in yet")
    return call.receive


@lru_cache(maxsize=1024)
def _endpoint(address: bytes, port: int) -> str:
    return endpoint(address_text(address), port)


def _source(call: Call) -> str:
    receive = _receive(call)
    return _endpoint(receive.source_address, receive.source_port)


def _destination(call: Call) -> str:
    receive = _receive(call)
    return _endpoint(receive.destination_address, receive.destination_port)


BUILT_IN: Mapping[str, Read] = {
    "call_id": lambda call: call.call_id,
    "tag": lambda call: call.tag,
    "branch": lambda call: call.branch,
    "cseq": lambda call: str(call.cseq),
    "counter": lambda call: str(call.number),
    "run": lambda call: call.run,
    "now": lambda call: f"{call.now:.6f}",
    "hash": _exchange_number("hash_index", lambda call: call.last),
    "label": _exchange_number("label", lambda call: call.last),
    "uac_id": _exchange_number("uac_id", lambda call: call.uac),
    "source": _source,
    "destination": _destination,
}


class Scope:
    """What may be named at a point of a scenario.

    constants: variables that no step sets, with their values. assigned: those that some step
    sets, with the defaults they have.
    """

    def __init__(self, role: str, variables: Mapping[str, str], assigned: Iterable[str]) -> None:
        self.role = role
        self._assigned = set(assigned)
        self.constants = {n: v for n, v in variables.items() if n not in self._assigned}
        self.variables = {n: v for n, v in variables.items() if n in self._assigned}
        self._known = set(variables)
        self._exchanges: dict[str, None] = {}

    def assign(self, name: str) -> None:
        """A step that is over has set a variable. Raises: BadText for a built-in name."""
        if name in BUILT_IN:
            raise BadText(f"{name} is built in")
        self._known.add(name)

    def name_exchange(self, name: str) -> None:
        """A step gives a transaction a name. Raises: BadText if it is a variable's."""
        if name in self._known or name in BUILT_IN:
            raise BadText(f"{name} is a variable")
        self._exchanges[name] = None

    def check_exchange(self, name: str) -> str:
        """Raises: BadText if no step before has named a transaction so."""
        if name not in self._exchanges:
            known = suggestion(name, self._exchanges)
            raise BadText(f"no step before this one has 'as: {name}'{known}")
        return name

    def knows(self, name: str) -> bool:
        """Whether an expression may name it."""
        exchange, _, attribute = name.partition(".")
        if attribute:
            return exchange in self._exchanges and attribute in ATTRIBUTES
        return name in self._known or name in BUILT_IN

    def constant(self, name: str) -> str | None:
        """The value of a variable that never changes."""
        return self.constants.get(name)

    def reader(self, name: str, offset: int = 0) -> Read:
        """What reads a name when a call runs. Raises: BadText for one that is unknown."""
        exchange, dot, attribute = name.partition(".")
        if dot:
            return self._attribute(exchange, attribute, offset)
        if name in self._known:
            return _variable(name)
        if name in BUILT_IN:
            return BUILT_IN[name]
        if name in self._assigned:
            cure = "no step before this one sets it; give it a default under variables"
            raise BadText(f"the variable {name} has no value here: {cure}", offset)
        known = [*self._known, *BUILT_IN, *FUNCTIONS]
        raise BadText(f"unknown variable {shown(name)}{suggestion(name, known)}", offset)

    def _attribute(self, exchange: str, attribute: str, offset: int) -> Read:
        if exchange not in self._exchanges:
            known = suggestion(exchange, self._exchanges)
            raise BadText(f"no step before this one has 'as: {exchange}'{known}", offset)
        if attribute not in ATTRIBUTES:
            known = suggestion(attribute, ATTRIBUTES)
            raise BadText(f"a transaction has no {shown(attribute)}{known}", offset)
        return lambda call: call.attribute(exchange, attribute)

    def function(self, name: str, argument: str, offset: int) -> Read | str:
        """A function's value, or what reads it. Raises: BadText."""
        match name:
            case "digits" if (
                argument.isascii() and argument.isdigit() and 0 < int(argument[:4]) <= MAX_DIGITS
            ):
                count = int(argument)
                return lambda call: call.digits(count)
            case "digits":
                raise BadText(f"digits takes a number from 1 to {MAX_DIGITS}", offset)
            case "bytes":
                try:
                    return sip_parts.text_of(bytes.fromhex(argument))
                except ValueError:
                    raise BadText("bytes takes hex digits, such as bytes(0d0a)", offset) from None
        raise BadText(f"unknown function {shown(name)}{suggestion(name, FUNCTIONS)}", offset)


FUNCTIONS = ("digits", "bytes")


def _variable(name: str) -> Read:
    def read(call: Call) -> str:
        value = call.variables.get(name)
        if value is None:
            raise Unset(f"the variable {name} has no value yet")
        return value

    return read
