"""Where users are: the bindings of a registrar (RFC 3261 section 10.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from seastool.app.behaviours.contacts import STAR, ContactValue, same_uri
from seastool.errors import SeasError

BAD_REQUEST: Final = 400
FORBIDDEN: Final = 403
TOO_BRIEF: Final = 423
SERVER_ERROR: Final = 500
UNAVAILABLE: Final = 503
_NAME: Final = len("Contact: \r\n")


class Refused(SeasError):
    """A registration that is refused as a whole, with the status that says why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Limits:
    """What is registered: seconds at least, at most and unless asked for; how many users, how
    many bindings of one, and how long they may be together: a 200 names them all, and the proxy
    takes only so many bytes of headers."""

    shortest: int = 60
    longest: int = 86_400
    usual: int = 3600
    users: int = 10_000
    bindings: int = 10
    length: int = 900


@dataclass(frozen=True, slots=True)
class Binding:
    """One place where a user is, until a time; made by a request of that Call-ID and CSeq."""

    contact: ContactValue
    expires_at: float
    call_id: str
    cseq: int

    def header(self, now: float) -> str:
        """Its Contact value in a response, with the seconds that are left."""
        left = max(0, round(self.expires_at - now))
        return self.contact.written(expires=str(left))


@dataclass(frozen=True, slots=True)
class Registration:
    """What a REGISTER asks for. expires: of its Expires header; None without one."""

    contacts: list[ContactValue]
    expires: int | None
    call_id: str
    cseq: int


class Bindings:
    """The bindings of all users, in memory. A registration is taken whole or not at all."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._users: dict[str, tuple[Binding, ...]] = {}

    def __len__(self) -> int:
        """How many users have been seen and not been forgotten."""
        return len(self._users)

    def of(self, user: str, now: float) -> tuple[Binding, ...]:
        """The places of a user, the most wanted first."""
        found = self._users.get(user)
        if found is None:
            return ()
        alive = tuple(binding for binding in found if binding.expires_at > now)
        if len(alive) != len(found):
            self._keep(user, alive)
        return alive

    def register(self, user: str, asked: Registration, now: float) -> tuple[Binding, ...]:
        """Change a user's bindings; returns those he has then. Raises: Refused."""
        if any(contact.uri == STAR for contact in asked.contacts):
            return self._remove_all(user, asked, now)
        before = self.of(user, now)
        bindings = list(before)
        for contact in asked.contacts:
            seconds = self._seconds(contact, asked)
            new = Binding(contact, now + seconds, asked.call_id, asked.cseq)
            for old in [one for one in bindings if same_uri(one.contact.uri, contact.uri)]:
                if any(old is one for one in before):
                    _check_order(old, asked)
                bindings.remove(old)
            if seconds:
                bindings.append(new)
        bindings.sort(key=lambda binding: -binding.contact.q)
        if len(bindings) > self.limits.bindings:
            raise Refused(FORBIDDEN, f"More Than {self.limits.bindings} Bindings")
        if sum(len(binding.header(now)) + _NAME for binding in bindings) > self.limits.length:
            raise Refused(FORBIDDEN, "Bindings Too Long")
        if bindings and user not in self._users and not self._has_room(now):
            raise Refused(UNAVAILABLE, "Too Many Users")
        self._keep(user, tuple(bindings))
        return tuple(bindings)

    def _remove_all(self, user: str, asked: Registration, now: float) -> tuple[Binding, ...]:
        if len(asked.contacts) > 1 or asked.expires != 0:
            raise Refused(BAD_REQUEST, "Contact * Goes Alone And With Expires: 0")
        for binding in self.of(user, now):
            _check_order(binding, asked)
        self._keep(user, ())
        return ()

    def _seconds(self, contact: ContactValue, asked: Registration) -> int:
        limits = self.limits
        seconds = contact.seconds()
        if seconds is None:
            seconds = asked.expires if asked.expires is not None else limits.usual
        if 0 < seconds < limits.shortest:
            raise Refused(TOO_BRIEF, "Interval Too Brief")
        return min(seconds, limits.longest)

    def _has_room(self, now: float) -> bool:
        if len(self._users) >= self.limits.users:
            for user in list(self._users):
                self.of(user, now)
        return len(self._users) < self.limits.users

    def _keep(self, user: str, bindings: tuple[Binding, ...]) -> None:
        if bindings:
            self._users[user] = bindings
        else:
            self._users.pop(user, None)


def _check_order(binding: Binding, asked: Registration) -> None:
    if binding.call_id == asked.call_id and asked.cseq <= binding.cseq:
        raise Refused(SERVER_ERROR, "Registration Out Of Order")


def groups_by_q(bindings: Iterable[Binding]) -> list[tuple[str, ...]]:
    """The URIs of bindings, those of one q together, the highest q first."""
    by_q: dict[float, list[str]] = {}
    for binding in bindings:
        by_q.setdefault(binding.contact.q, []).append(binding.contact.uri)
    return [tuple(by_q[q]) for q in sorted(by_q, reverse=True)]
