"""Colours, by meaning: a style is the name of what a text is, not of a colour.

Plain SGR sequences; no markup language ever reads text from the wire.
"""

from zlib import crc32

_STYLES = {
    "heading": "1",
    "dim": "2",
    "packet": "2",
    "event": "36",
    "action": "32",
    "idle": "2",
    "handshake": "35",
    "sip": "34",
    "fault": "1;31",
    "warning": "33",
    "request": "1",
    "provisional": "36",
    "success": "32",
    "redirect": "33",
    "failure": "31",
    "name": "36",
    "meaning": "1",
    "text": "32",
    "offset": "2",
}
_CALLS = (33, 37, 71, 108, 136, 139, 166, 173, 179, 103, 67, 132)
_FIELDS = (33, 37, 64, 71, 100, 136, 139, 166, 173, 179, 103, 67, 132, 168)
RESET = "\x1b[0m"


class Paint:
    """Puts colours on text, or leaves it alone if `on` is False."""

    __slots__ = ("on",)

    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, text: str, style: str) -> str:
        """The text in a style."""
        code = _STYLES[style]
        return f"\x1b[{code}m{text}{RESET}" if self.on and code and text else text

    def call(self, text: str, call_id: str) -> str:
        """The text in a colour that belongs to a Call-ID, so that a call can be followed."""
        return self._indexed(text, _CALLS, call_id)

    def field(self, text: str, name: str) -> str:
        """The text in a colour that belongs to the name of a field."""
        return self._indexed(text, _FIELDS, name)

    def _indexed(self, text: str, palette: tuple[int, ...], key: str) -> str:
        if not self.on or not key:
            return text
        colour = palette[crc32(key.encode()) % len(palette)]
        return f"\x1b[38;5;{colour}m{text}{RESET}"


def status_style(status: int) -> str:
    """The style of a SIP status."""
    return (
        ("failure", "provisional", "success", "redirect")[status // 100]
        if (100 <= status < 400)
        else "failure"
    )
