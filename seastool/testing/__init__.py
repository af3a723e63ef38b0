"""Endpoints for tests: each in a thread of its own, on free ports, with methods that wait.

with running_openser() as proxy, running_appserver("reject 486", proxy):
    assert proxy.request("INVITE").final().status == 486

What `seastool.pytest_plugin` gives as fixtures; of use without pytest too.
"""

from seastool.app.by_name import BadApplication
from seastool.testing.application import application_of
from seastool.testing.appserver import RunningAppServer, running_appserver
from seastool.testing.exchange import Exchange
from seastool.testing.gateway import RunningGateway, running_gateway
from seastool.testing.kamailio import NotInstalled, RunningKamailio, running_kamailio
from seastool.testing.loop_thread import NotInTime
from seastool.testing.openser import RunningOpenser, running_openser
from seastool.testing.phone import SipPhone
from seastool.testing.sip_message import SipMessage
from seastool.testing.sip_text import sip_request
from seastool.testing.traffic_file import TrafficFile

__all__ = [
    "BadApplication",
    "Exchange",
    "NotInTime",
    "NotInstalled",
    "RunningAppServer",
    "RunningGateway",
    "RunningKamailio",
    "RunningOpenser",
    "SipMessage",
    "SipPhone",
    "TrafficFile",
    "application_of",
    "running_appserver",
    "running_gateway",
    "running_kamailio",
    "running_openser",
    "sip_request",
]
