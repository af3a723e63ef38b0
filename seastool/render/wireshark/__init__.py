"""A dissector for Wireshark and tshark, in Lua, made from the declarations.

`filters` names what can be filtered, `declared` and `numbers` write structures and dialects as
Lua tables, `reference` the page of filters; `script` is what reads them, written in Lua once for
all structures.
"""

from seastool.render.wireshark.dissector import write_dissector
from seastool.render.wireshark.reference import write_reference

__all__ = ["write_dissector", "write_reference"]
