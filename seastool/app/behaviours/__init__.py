"""Ready-made applications: answer, reject, redirect, proxy, b2bua, register, echo, silent."""

from seastool.app.behaviours.answer import Answer
from seastool.app.behaviours.bindings import Bindings, Limits
from seastool.app.behaviours.catalogue import KINDS, BadBehaviour, behaviour, parse_behaviours
from seastool.app.behaviours.dispatcher import Dispatcher
from seastool.app.behaviours.echo import Echo
from seastool.app.behaviours.onward import ProxyTo
from seastool.app.behaviours.refusals import Redirect, Reject, Silent
from seastool.app.behaviours.registrar import Register
from seastool.app.behaviours.session_description import Media, answer_to, own_offer

__all__ = [
    "KINDS",
    "Answer",
    "BadBehaviour",
    "Bindings",
    "Dispatcher",
    "Echo",
    "Limits",
    "Media",
    "ProxyTo",
    "Redirect",
    "Register",
    "Reject",
    "Silent",
    "answer_to",
    "behaviour",
    "own_offer",
    "parse_behaviours",
]
