"""One error tree for everything; imports nothing.

A message says where (file, packet, frame, byte), what was found and what was
expected, on one line. What a server merely does oddly is a finding, not an error.
"""


class SeasError(Exception):
    """Whatever seastool refuses, for whatever reason."""


class DecodeError(SeasError):
    """Bytes are not what the declaration says.

    offset: byte offset from the start of the decoded buffer.
    path: the field, such as ``headers[3].body.uri.end``; empty if not inside one.
    """

    def __init__(self, message: str, *, offset: int = 0, path: str = "") -> None:
        super().__init__(f"{path + ': ' if path else ''}{message} at byte {offset}")
        self.reason = message
        self.offset = offset
        self.path = path


class Truncated(DecodeError):
    """The bytes end before the field does: `needed` bytes wanted, `available` there."""

    def __init__(self, *, needed: int, available: int, offset: int = 0, path: str = "") -> None:
        super().__init__(f"needs {needed} more bytes, {available} left", offset=offset, path=path)
        self.needed = needed
        self.available = available


class BadSpan(DecodeError):
    """A start and length point outside what they index."""


class UnknownCode(DecodeError):
    """A type or code that the protocol (or this dialect) does not have."""


class EncodeError(SeasError):
    """A value that cannot be put on the wire, or a message that the server refuses."""

    def __init__(self, message: str, *, path: str = "", value: object = None) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.reason = message
        self.path = path
        self.value = value


class SipError(SeasError):
    """SIP text does not parse. `offset` is in bytes from its start, `line` counts from 1."""

    def __init__(self, message: str, *, offset: int = 0, line: int = 0) -> None:
        where = f"line {line}, byte {offset}" if line else f"byte {offset}"
        super().__init__(f"{message} ({where})")
        self.reason = message
        self.offset = offset
        self.line = line


class ProtocolError(SeasError):
    """The conversation broke a rule of SEAS."""


class LocalProtocolError(ProtocolError):
    """We were about to break it."""


class NotConnected(LocalProtocolError):
    """There is nobody to send it to, now."""


class RemoteProtocolError(ProtocolError):
    """The peer broke it."""


class CaptureError(SeasError):
    """The file is not a usable capture. `packet` is Wireshark's number, 0 before the first."""

    def __init__(self, message: str, *, path: str = "", packet: int = 0) -> None:
        where = f"{path}: " if path else ""
        at = f" at packet {packet}" if packet else ""
        super().__init__(f"{where}{message}{at}")
        self.reason = message
        self.path = path
        self.packet = packet
