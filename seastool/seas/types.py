"""Names of the protocol's sides, sockets and frame types (docs/protocol.md: Frames)."""

from enum import IntEnum, StrEnum


class Socket(StrEnum):
    """Which of the two TCP connections."""

    EVENT = "event"
    ACTION = "action"


class Direction(StrEnum):
    """Who speaks: the proxy (openser) or the application server (as)."""

    TO_AS = "openser->as"
    TO_OPENSER = "as->openser"


class Layout(StrEnum):
    """How actions are laid out: A OpenSER and OpenSIPS, B Kamailio 3.1 and later."""

    A = "A"
    B = "B"


class EventType(IntEnum):
    """Frame types from the proxy on the event socket."""

    T_REQ_IN = 2
    SL_REQ_IN = 3
    RES_IN = 4
    PING = 5


class EventSocketAction(IntEnum):
    """Frame types from the application server on the event socket."""

    BIND = 6
    UNBIND = 7


class ActionType(IntEnum):
    """Frame types from the application server on the action socket."""

    REPLY_PROV = 1
    REPLY_FIN = 2
    REPLY_FIN_DLG = 3
    UAC_REQ = 4
    SL_MSG = 6
    AC_CANCEL = 7
    JAIN_PONG = 8


class ActionSocketEvent(IntEnum):
    """Frame types from the proxy on the action socket."""

    AC_RES_FAIL = 5
