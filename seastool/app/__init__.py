"""Applications on an application server: after SIP Servlet 1.0 (JSR 116), in Python's manner.

Write an `Application`, give it to a `Container`, feed that with events. Nothing here does I/O.
"""

from seastool.app.application import Application
from seastool.app.application_session import ApplicationSession, SessionTimer
from seastool.app.calls import Spawn
from seastool.app.container import Container
from seastool.app.context import Context
from seastool.app.endpoint import Endpoint
from seastool.app.headers import HeaderInput, Headers, HeaderView
from seastool.app.request import Request
from seastool.app.response import Response
from seastool.app.response_stream import Future
from seastool.app.session import Session, SessionState
from seastool.app.settings import Settings
from seastool.app.statistics import Statistics
from seastool.app.transaction import ClientTransaction, ServerTransaction

__all__ = [
    "Application",
    "ApplicationSession",
    "ClientTransaction",
    "Container",
    "Context",
    "Endpoint",
    "Future",
    "HeaderInput",
    "HeaderView",
    "Headers",
    "Request",
    "Response",
    "ServerTransaction",
    "Session",
    "SessionState",
    "SessionTimer",
    "Settings",
    "Spawn",
    "Statistics",
]
