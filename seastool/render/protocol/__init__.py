"""The protocol reference, docs/protocol.md: generated from the declarations, with real frames."""

from seastool.render.protocol.page import write_protocol

__all__ = ["write_protocol"]
