"""Replaying recordings over SEAS: SIP calls and recorded events to an application server, recorded
actions to a proxy."""

from seastool.net.replay_seas_actions import ActionsToProxy, as_recorded
from seastool.net.replay_seas_events import EventsToAppServer
from seastool.net.replay_seas_play import SeasReplay
from seastool.net.replay_seas_sip import CallsToAppServer

__all__ = [
    "ActionsToProxy",
    "CallsToAppServer",
    "EventsToAppServer",
    "SeasReplay",
    "as_recorded",
]
