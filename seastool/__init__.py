"""SEAS toolkit: decode, encode, check and speak the protocol between a SIP proxy and its
application server.

The names below are imported at their first use, so that `import seastool` costs nothing.
"""

import importlib
import typing

__version__ = "0.1.0"

if typing.TYPE_CHECKING:
    from seastool.api import Capture, decode, encode, open_message, read_capture
    from seastool.app import (
        Application,
        ApplicationSession,
        Container,
        Context,
        Request,
        Response,
        Session,
        SessionState,
        Settings,
    )
    from seastool.app.b2bua import B2bua
    from seastool.capture.decoded import Decoded
    from seastool.capture.records import CapturedFrame, CapturedSip, Gap
    from seastool.errors import (
        CaptureError,
        DecodeError,
        EncodeError,
        ProtocolError,
        SeasError,
        SipError,
    )
    from seastool.net.app_server import AppServer
    from seastool.net.openser import Openser
    from seastool.seas.builder import Receive
    from seastool.seas.codec import encode_frame
    from seastool.seas.dialect import Dialect
    from seastool.seas.dialects import lookup, names
    from seastool.seas.frames import (
        AcCancel,
        AcResFail,
        Bind,
        JainPong,
        Ping,
        Reply,
        ResIn,
        SlMsg,
        SlReqIn,
        TReqIn,
        UacReq,
        Unbind,
    )
    from seastool.seas.handshake import Name, SocketInfo
    from seastool.seas.header import Header
    from seastool.seas.message import Message
    from seastool.seas.types import ActionType, Direction, EventType, Layout, Socket

_MODULES = {
    "seastool.api": "Capture decode encode open_message read_capture",
    "seastool.app": "Application ApplicationSession Container Context Request Response Session "
    "SessionState Settings",
    "seastool.app.b2bua": "B2bua",
    "seastool.capture.decoded": "Decoded",
    "seastool.capture.records": "CapturedFrame CapturedSip Gap",
    "seastool.errors": "CaptureError DecodeError EncodeError ProtocolError SeasError SipError",
    "seastool.net.app_server": "AppServer",
    "seastool.net.openser": "Openser",
    "seastool.seas.builder": "Receive",
    "seastool.seas.codec": "encode_frame",
    "seastool.seas.dialect": "Dialect",
    "seastool.seas.dialects": "lookup names",
    "seastool.seas.frames": "AcCancel AcResFail Bind JainPong Ping Reply ResIn SlMsg SlReqIn "
    "TReqIn UacReq Unbind",
    "seastool.seas.handshake": "Name SocketInfo",
    "seastool.seas.header": "Header",
    "seastool.seas.message": "Message",
    "seastool.seas.types": "ActionType Direction EventType Layout Socket",
}
_HOME = {name: module for module, found in _MODULES.items() for name in found.split()}

__all__ = [
    "AcCancel",
    "AcResFail",
    "ActionType",
    "AppServer",
    "Application",
    "ApplicationSession",
    "B2bua",
    "Bind",
    "Capture",
    "CaptureError",
    "CapturedFrame",
    "CapturedSip",
    "Container",
    "Context",
    "DecodeError",
    "Decoded",
    "Dialect",
    "Direction",
    "EncodeError",
    "EventType",
    "Gap",
    "Header",
    "JainPong",
    "Layout",
    "Message",
    "Name",
    "Openser",
    "Ping",
    "ProtocolError",
    "Receive",
    "Reply",
    "Request",
    "ResIn",
    "Response",
    "SeasError",
    "Session",
    "SessionState",
    "Settings",
    "SipError",
    "SlMsg",
    "SlReqIn",
    "Socket",
    "SocketInfo",
    "TReqIn",
    "UacReq",
    "Unbind",
    "decode",
    "encode",
    "encode_frame",
    "lookup",
    "names",
    "open_message",
    "read_capture",
]


def __getattr__(name: str) -> object:
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module 'seastool' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value
