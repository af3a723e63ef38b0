"""The behaviours by name, and what their text says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, NamedTuple, NoReturn

from seastool.app.application import HANDLERS, Application
from seastool.app.b2bua import B2bua
from seastool.app.behaviours.answer import Answer
from seastool.app.behaviours.dispatcher import Dispatcher
from seastool.app.behaviours.echo import Echo
from seastool.app.behaviours.onward import ProxyTo
from seastool.app.behaviours.refusals import Redirect, Reject, Silent
from seastool.app.behaviours.registrar import Register
from seastool.app.behaviours.session_description import Media
from seastool.app.tokens import HIGHEST_STATUS, checked_uri
from seastool.errors import EncodeError, SeasError

_METHODS_FIRST: Final = re.compile(r"([A-Za-z, ]+?) *= *(.*)", re.DOTALL)
_LOWEST_REFUSAL: Final = 300
_SHOWN: Final = 80
_TRY_NOT: Final = {"ACK": "goes where its INVITE went", "CANCEL": "is answered by itself"}


class BadBehaviour(SeasError):
    """A text that names no behaviour, with what to write instead."""


class Arguments(NamedTuple):
    """What follows the name of a behaviour: its words, and the delay that was asked for."""

    words: list[str]
    delay: float


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of behaviour. usage: how it is written. doc: what it does. words: how many words
    follow its name, at least and at most."""

    usage: str
    doc: str
    make: Callable[[Arguments], Application]
    words: tuple[int, int]


def _answer(given: Arguments) -> Application:
    media = Media.parse(given.words[0]) if given.words else None
    return Answer(delay=given.delay, media=media)


def _echo(given: Arguments) -> Application:
    return Echo(delay=given.delay)


def _reject(given: Arguments) -> Application:
    code, *reason = given.words
    if (
        not code.isascii()
        or not code.isdecimal()
        or not _LOWEST_REFUSAL <= int(code[:4]) <= HIGHEST_STATUS
    ):
        raise EncodeError(f"{code[:_SHOWN]!a} is not a status from 300 to 699")
    return Reject(int(code), " ".join(reason) or None, delay=given.delay)


def _redirect(given: Arguments) -> Application:
    return Redirect([checked_uri(uri) for uri in given.words], delay=given.delay)


def _proxy(given: Arguments) -> Application:
    return ProxyTo([checked_uri(uri) for uri in given.words])


def _b2bua(given: Arguments) -> Application:
    return B2bua(checked_uri(given.words[0]))


def _register(given: Arguments) -> Application:
    return Register()


def _silent(given: Arguments) -> Application:
    return Silent()


_MANY: Final = 16
KINDS: Final = {
    "answer": Kind(
        "answer [MEDIA]",
        "takes calls: 180, then 200 with SDP; 200 to all else. MEDIA is HOST:PORT",
        _answer,
        (0, 1),
    ),
    "reject": Kind("reject CODE [REASON]", "answers with that status", _reject, (1, _MANY)),
    "redirect": Kind("redirect URI...", "answers 302 with those contacts", _redirect, (1, 8)),
    "proxy": Kind("proxy URI...", "sends it on there, to all at once", _proxy, (1, 8)),
    "b2bua": Kind("b2bua URI", "calls there itself and connects the two", _b2bua, (1, 1)),
    "register": Kind("register", "is a registrar, and a proxy for its users", _register, (0, 0)),
    "echo": Kind("echo", "sends a MESSAGE back; calls as answer does", _echo, (0, 0)),
    "silent": Kind("silent", "says nothing at all", _silent, (0, 0)),
}
"""Every behaviour by its name."""


def behaviour(text: str, *, delay: float = 0.0) -> Application:
    """The application for one text such as ``reject 486 Busy``. Raises: BadBehaviour."""
    return _made(text, text, delay)


def _made(what: str, text: str, delay: float) -> Application:
    """text: the whole of which `what` is the part behind the methods."""
    name, *words = what.split() or [""]
    kind = KINDS.get(name.lower())
    if kind is None:
        _fail(text, f"there is no {name[:_SHOWN]!a}{_or_what(name.lower(), KINDS)}")
    least, most = kind.words
    if not least <= len(words) <= most:
        _fail(text, f"it is written {kind.usage}")
    try:
        return kind.make(Arguments(words, delay))
    except SeasError as error:
        _fail(text, f"{error} ({kind.usage})")


def parse_behaviours(texts: Sequence[str], delay: float = 0.0) -> Application:
    """One application of several texts, each for all requests or, as in
    ``MESSAGE,INFO=echo``, for those of some methods.

    delay: seconds before the final response of answer, echo (to an INVITE), reject, redirect.
    Raises: BadBehaviour.
    """
    by_method: dict[str, Application] = {}
    otherwise: Application | None = None
    for text in texts:
        found = _METHODS_FIRST.fullmatch(text.strip())
        made = _made(found[2] if found else text, text, delay)
        for method in _methods(text, found[1]) if found else ():
            if method in by_method:
                _fail(text, f"{method} has a behaviour already")
            by_method[method] = made
        if not found:
            if otherwise is not None:
                _fail(text, "there is one for all requests already; name methods: MESSAGE=echo")
            otherwise = made
    if otherwise is None and not by_method:
        raise BadBehaviour(f"no behaviour is given; there are {', '.join(KINDS)}")
    if otherwise is not None and not by_method:
        return otherwise
    return Dispatcher(by_method, otherwise)


def _methods(text: str, names: str) -> list[str]:
    methods = [name.strip().upper() for name in names.split(",")]
    for method in methods:
        if method in _TRY_NOT:
            _fail(text, f"{method} {_TRY_NOT[method]}: it takes no behaviour")
        if method not in HANDLERS:
            _fail(text, f"there is no method {method[:_SHOWN]!a}{_or_what(method, HANDLERS)}")
    return methods


def _or_what(name: str, known: Sequence[str] | dict[str, Kind] | dict[str, str]) -> str:
    close = get_close_matches(name, list(known), 1)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; there are {', '.join(name for name in known if name not in _TRY_NOT)}"


def _fail(text: str, why: str) -> NoReturn:
    raise BadBehaviour(f"{text[:_SHOWN]!a}: {why}")
