"""Contact values: their URIs and parameters, and when two SIP URIs are the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple
from urllib.parse import unquote

from seastool.sip.address_value import routes_of, uri_of

STAR: Final = "*"
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_PARAMETER: Final = re.compile(r';\s*([^\s=;,"]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^;,\s]*))?')
_URI: Final = re.compile(
    r"(?P<scheme>sips?):(?:(?P<user>[^@]*)@)?"
    r"(?P<host>\[[^\]]*\]|[^:;?]*)(?::(?P<port>\d+))?(?P<parameters>;[^?]*)?(?P<headers>\?.*)?",
    re.IGNORECASE,
)
_COMPARED: Final = ("transport", "user", "ttl", "method", "maddr")
_LARGEST: Final = 2**32 - 1
_DIGITS: Final = 12


class ContactValue(NamedTuple):
    """One contact: its URI and its parameters, names in lower case."""

    uri: str
    parameters: dict[str, str]

    def seconds(self, name: str = "expires") -> int | None:
        """A parameter that counts seconds; None without it, or where it is no number."""
        return seconds_of(self.parameters.get(name))

    @property
    def q(self) -> float:
        """Its preference from 0 to 1; 1 unless it says another."""
        try:
            q = float(self.parameters.get("q", "1"))
        except ValueError:
            return 1.0
        return min(max(q, 0.0), 1.0) if q == q else 1.0

    def written(self, **changed: str) -> str:
        """The value as it goes into a header; `changed` parameters replace its own."""
        parameters = self.parameters | changed
        return f"<{self.uri}>" + "".join(
            f";{name}={value}" if value else f";{name}" for name, value in parameters.items()
        )


def contacts_of(values: Iterable[str]) -> list[ContactValue]:
    """Every contact of the Contact headers, in order; ``*`` is one with that URI."""
    return [_contact(value) for value in routes_of(list(values))]


def _contact(value: str) -> ContactValue:
    bare = _QUOTED.sub("", value, 1) if value.startswith('"') else value
    behind = bare.rpartition(">")[2] if "<" in bare else ";" + bare.partition(";")[2]
    return ContactValue(
        uri_of(value),
        {name.lower(): found or "" for name, found in _PARAMETER.findall(behind)},
    )


def seconds_of(text: str | None) -> int | None:
    """A whole number of seconds, at most 2^32-1; None where there is none."""
    text = (text or "").strip()
    if not (text.isascii() and text.isdecimal()):
        return None
    return min(int(text[:_DIGITS]), _LARGEST)


def user_of(uri: str) -> str:
    """The name under which a user is kept: user and host without port and parameters."""
    found = _URI.fullmatch(uri.strip())
    if found is None:
        return uri.partition(";")[0].strip().lower()
    user = unquote(found["user"] or "").partition(";")[0]
    return f"{user}@{found['host'].lower()}" if user else found["host"].lower()


def same_uri(one: str, other: str) -> bool:
    """Whether two URIs are equivalent (RFC 3261 section 19.1.4)."""
    a, b = _URI.fullmatch(one), _URI.fullmatch(other)
    if a is None or b is None:
        return one == other
    if any(a[part].lower() != b[part].lower() for part in ("scheme", "host")):
        return False
    if unquote(a["user"] or "") != unquote(b["user"] or "") or a["port"] != b["port"]:
        return False
    return _same_parameters(a["parameters"] or "", b["parameters"] or "") and _headers(
        a["headers"] or ""
    ) == _headers(b["headers"] or "")


def _same_parameters(one: str, other: str) -> bool:
    a, b = _parameters(one), _parameters(other)
    compared = {*_COMPARED, *(a.keys() & b.keys())}
    return all(a.get(name) == b.get(name) for name in compared)


def _parameters(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if part)
    return {unquote(name).lower(): unquote(value).lower() for name, _, value in pairs}


def _headers(text: str) -> list[str]:
    return sorted(part.lower() for part in text[1:].split("&"))
