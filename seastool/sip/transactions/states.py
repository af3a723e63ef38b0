"""The words of the state machines: states, inputs, actions."""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """Where a transaction is."""

    CALLING = "Calling"
    TRYING = "Trying"
    PROCEEDING = "Proceeding"
    COMPLETED = "Completed"
    CONFIRMED = "Confirmed"
    ACCEPTED = "Accepted"
    TERMINATED = "Terminated"

    # Members are single objects; the enum's own hash is a Python function, and these are hot.
    __hash__ = object.__hash__


class Input(Enum):
    """What happens to a transaction.

    Responses are received by a client, and given by the TU of a server.
    """

    REQUEST = "the request again"
    ACK = "ACK"
    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    FAILURE = "300-699"
    TRANSPORT_ERROR = "transport error"
    TIMER_A = "A"
    TIMER_B = "B"
    TIMER_C = "C"
    TIMER_D = "D"
    TIMER_E = "E"
    TIMER_F = "F"
    TIMER_G = "G"
    TIMER_H = "H"
    TIMER_I = "I"
    TIMER_J = "J"
    TIMER_K = "K"
    TIMER_L = "L"
    TIMER_M = "M"
    TIMER_2XX = "2xx timer"  # RFC 3261 section 13.3.1.4 gives it no letter

    __hash__ = object.__hash__


class Action(Enum):
    """What a step does, beside going to the next state."""

    PASS = "to the TU"
    SEND_REQUEST = "send the request"
    REPEAT_REQUEST = "send the request again"
    SEND_RESPONSE = "send the response"
    REPEAT_RESPONSE = "send the last response again, if there is one"
    SEND_ACK = "make the ACK and send it"
    REPEAT_ACK = "send the ACK again"

    TELL_TIMEOUT_B = "tell the TU of B"
    TELL_TIMEOUT_C = "tell the TU of C"
    TELL_TIMEOUT_F = "tell the TU of F"
    TELL_TIMEOUT_H = "tell the TU of H"
    TELL_ERROR = "tell the TU of the transport error"
    TELL_UNACKNOWLEDGED = "tell the TU if its 2xx still waits for the ACK"

    STOP = "no timer runs any more"
    START_A = "A: T1, unreliable only"
    START_B = "B: 64*T1"
    START_C = "C, if it is wanted; 100 does not start it anew"
    START_D = "D: 32 s, reliable 0"
    START_E = "E: T1, unreliable only"
    START_F = "F: 64*T1"
    START_G = "G: T1, unreliable only"
    START_H = "H: 64*T1"
    START_I = "I: T4, reliable 0"
    START_J = "J: 64*T1, reliable 0"
    START_K = "K: T4, reliable 0"
    START_L = "L: 64*T1"
    START_M = "M: 64*T1"
    DOUBLE = "the same timer, twice as long"
    DOUBLE_TO_T2 = "the same timer, twice as long, T2 at most"
    EVERY_T2 = "the same timer, T2"

    __hash__ = object.__hash__
