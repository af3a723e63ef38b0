"""One side of a recorded conversation in parts: what is sent, what is waited for, and when."""

from seastool.replay.conversation.identities import Asked, Identities
from seastool.replay.conversation.parts import Part, Taken, take
from seastool.replay.conversation.schedule import Due, Schedule
from seastool.replay.conversation.seas_session import SeasCall, SeasSession, sessions_of
from seastool.replay.conversation.sip_calls import inbound, parts_of

__all__ = [
    "Asked",
    "Due",
    "Identities",
    "Part",
    "Schedule",
    "SeasCall",
    "SeasSession",
    "Taken",
    "inbound",
    "parts_of",
    "sessions_of",
    "take",
]
