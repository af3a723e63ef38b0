"""The protocol reference, docs/protocol.md: generated from the declarations, with real frames."""

from seastool.render.protocol.headings import UnknownSection, section_of
from seastool.render.protocol.page import write_protocol

__all__ = ["UnknownSection", "section_of", "write_protocol"]
