"""Building a frame from SIP text: exactly what a given server makes of it, or its refusal."""

from seastool.seas.builder.event import Receive, build_event
from seastool.seas.builder.message import MessageBuilder, build_message, message_builder

__all__ = ["MessageBuilder", "Receive", "build_event", "build_message", "message_builder"]
