"""Why calls fail, as a capture shows it, those included that the proxy's own model names."""

from __future__ import annotations

from typing import Final

from seastool.interop.doctor.cause import Cause
from seastool.interop.doctor.message_causes import MESSAGE_CAUSES
from seastool.interop.doctor.mistake_causes import MISTAKE_CAUSES
from seastool.interop.finding import Severity

I, W, E = Severity.INFO, Severity.WARNING, Severity.ERROR  # noqa: E741

TCP_CURE: Final = (
    "on Kamailio the process that acts for the application server cannot reach the one with the "
    "TCP connection: in the proxy's script, before as_relay_t(), send requests that came by TCP "
    "to the proxy itself by UDP, as seastool/testing/kamailio.cfg does; or have callers use UDP"
)
"""Of replies to requests that came by TCP."""

_OPENING: Final = (
    Cause(
        "port-refused",
        E,
        "a SEAS port of the proxy is closed",
        "the application server cannot connect: no event reaches it, every relayed request "
        "gets 500",
        "a SYN that is answered by a reset",
        'start the proxy with loadmodule "seas.so" and modparam("seas", "listen_sockets", '
        '"IP:PORT"); actions go to PORT + 1; after a crash kill the process that still holds the '
        "port",
        "protocol: Connections",
    ),
    Cause(
        "port-silent",
        E,
        "a SEAS port of the proxy does not answer",
        "a firewall drops the packets, or nobody has that address",
        "a SYN without any answer",
        "open both ports, P and P + 1, between application server and proxy; check the address",
        "protocol: Connections",
    ),
    Cause(
        "wrong-port",
        E,
        "the action socket went to the wrong port",
        "the proxy listens on two consecutive ports and pairs a name from each: P for events, "
        "P + 1 "
        "for actions",
        "two connections of one application server, open at a time, whose ports are not P and "
        "P + 1",
        "connect the second socket to the event port + 1",
        "protocol: Connections",
    ),
    Cause(
        "one-socket-only",
        E,
        "only one of the two sockets was connected",
        "without its partner the name is never paired: no socket info, no event; after 5 such the "
        "proxy takes nobody any more",
        "a connection to one SEAS port with none to the other, and no socket info",
        "connect both, P and P + 1, and say the name on each",
        "protocol: Connections",
    ),
    Cause(
        "name-not-said",
        E,
        "a socket was connected and no name was said on it",
        "the proxy waits for it, and the half-open socket holds one of 5 places until it restarts",
        "both sockets open, no byte of the application server on one of them",
        "send u8 length and name on each socket right after the connect",
        "protocol: Opening",
    ),
    Cause(
        "name-in-pieces",
        E,
        "the name came in more than one piece",
        "the proxy takes what one read gives for the whole name, and finds nobody of that name",
        "a name that is spread over two segments, and no socket info",
        "write length byte and name with one call, with TCP_NODELAY or before anything else",
        "protocol: Opening",
    ),
    Cause(
        "name-mismatch",
        E,
        "the two sockets said different names",
        "sockets are paired by name: neither finds its partner",
        "two names on the two sockets of one application server, and no socket info",
        "say the same name on both, byte for byte",
        "protocol: Opening",
    ),
    Cause(
        "name-too-long",
        E,
        "a name that is longer than the proxy takes",
        "it takes 15 bytes (14 from OpenSIPS 2.3 on) and ignores the socket without a word",
        "a name over the limit, and no socket info",
        "choose a shorter name, and use it in as_relay_t() too",
        "protocol: Opening, Limits",
    ),
    Cause(
        "name-taken",
        E,
        "another application server has that name already",
        "a second one of a name is ignored without a word",
        "both sockets named while the same name is connected, and no socket info",
        "end the first one, or give this one another name that the script relays to",
        "protocol: Opening",
    ),
    Cause(
        "opening-race",
        E,
        "both sockets were opened in the same moment, and the listener is caught in its race",
        "a name and a connection in one round of the proxy's poll corrupt its table: the listener "
        "spins, the application server gets no socket info",
        "connects or names within 20 ms, no socket info",
        "connect the event socket, wait 100 ms, say the name, wait, connect the action socket, "
        "wait, say the name; restart the proxy, whose listener may still spin",
        "protocol: Opening",
    ),
    Cause(
        "name-unknown",
        E,
        "the script does not know the name",
        "only names that it relays to are paired; any other is ignored without a word and the "
        "socket stays open",
        "both sockets named alike and in one piece, and no socket info within a second",
        'relay to that very name in the script: as_relay_t("NAME"); upper and lower case count',
        "protocol: Opening",
    ),
)
_LAYOUT: Final = (
    Cause(
        "layout-mismatch",
        E,
        "actions are written in the other layout than the proxy reads",
        "Kamailio from 3.1 on has the processor id in front (layout B), OpenSER and OpenSIPS "
        "do not "
        "(layout A): a BIND then binds processor 0, which is nobody, and replies name other "
        "transactions; often code or a BIND of before an upgrade",
        "an action whose bytes show one layout, to a proxy whose version reads the other",
        "write actions in the proxy's layout: seastool's --dialect does",
        "protocol: Actions",
    ),
)
_BINDING: Final = (
    Cause(
        "bind-missing",
        E,
        "no processor is bound to the address that was called",
        "binds are compared by address: a request that comes in on another one gets 500 from the "
        "proxy and makes no event",
        "500 and no event, on an address for which no BIND had come by then",
        "BIND to every address of the socket info that callers use, after socket info and before "
        "the first call; 0.0.0.0 is none of them",
        "protocol: Bindings",
    ),
    Cause(
        "bind-held-back",
        E,
        "several BINDs in one segment, to a proxy that takes one of each read",
        "OpenSER and OpenSIPS read one action at a time: the second BIND waits until more "
        "bytes come",
        "two BINDs in one packet, on OpenSER or OpenSIPS",
        "wait about 100 ms between two BINDs",
        "protocol: Bindings, Faults of the connections",
    ),
)
_STREAM: Final = (
    Cause(
        "action-length-zero",
        E,
        "an action of length 0",
        "the process that reads actions loops for ever, in every version: nothing is done any more",
        "four zero bytes where an action's length stands",
        "never write a length below 10 (layout A: 9); restart the proxy",
        "protocol: Frames, Faults that end a server",
    ),
    Cause(
        "length-field",
        E,
        "a length in front of an action that is wrong",
        "the proxy looks for the next action at the wrong byte and understands none of what "
        "follows",
        "a number that no action's length is where one must stand",
        "the length counts the whole frame, its own four bytes included",
        "protocol: Frames",
    ),
    Cause(
        "action-too-long",
        E,
        "an action over 4000 bytes",
        "it never fits the proxy's buffer: it is not done, and blocks the connection or closes it",
        "an action with a length above 4000, whether or not all of it comes",
        "send less: a shorter body, fewer headers",
        "protocol: Limits",
    ),
    Cause(
        "event-undecodable",
        E,
        "an event that does not decode",
        "its bytes are not what SEAS has there: the application server cannot read it either",
        "an event whose fields do not fit its length",
        "compare with seastool lint; if the capture is whole, the proxy is at fault",
        "protocol: Events",
    ),
    Cause(
        "action-undecodable",
        E,
        "an action that does not decode",
        "the proxy reads other numbers than were meant, or beyond the action",
        "an action whose fields do not fit its length",
        "mend what writes it: seastool send shows a right one with -x",
        "protocol: Actions",
    ),
    Cause(
        "event-socket-blocked",
        E,
        "an unknown type on the event socket",
        "only BIND and UNBIND are read there; any other stays at the head for ever, and no later "
        "BIND works",
        "an action on the event socket of another type than 6 and 7",
        "write actions to the action socket, the event port + 1",
        "protocol: Frames, Faults of the connections",
    ),
)
_REQUESTS: Final = (
    Cause(
        "as-not-connected",
        E,
        "no application server was connected",
        "the proxy has nobody to hand the request to and answers 500",
        "500 and no event, with no paired application server at that time",
        "start the application server before the calls, and have it connect again by itself",
        "protocol: Leaving and coming back",
    ),
    Cause(
        "cancel-unmatched",
        E,
        "a CANCEL that matches nothing",
        "the proxy answers 500 and hands nothing over",
        "a CANCEL answered by 500, without an event",
        "the caller must send request URI, top Via with branch, Call-ID, From tag and CSeq number "
        "of its INVITE, and before the final response",
        "protocol: ACK and CANCEL",
    ),
    Cause(
        "event-missing",
        E,
        "500 and no event, for a reason that the capture does not show",
        "the proxy could not hand the request over: its log says why",
        "500 of the proxy's own to a request of which no event follows",
        'read the proxy\'s log: "unable to create event code": it cannot encode the message; "no '
        'processor found": no bind for that address; "not connected": the script relays to another '
        "name",
        "protocol: Transactions",
    ),
    Cause(
        "request-ignored",
        E,
        "a request that nobody answered, and no event",
        "it did not reach the proxy, the script drops it, or as_relay_sl() could not encode it",
        "a request without response and event, a second and more before the end of the capture",
        "see whether the proxy lives and its script relays that method",
        "protocol: Transactions",
    ),
    Cause(
        "as-left",
        E,
        "the application server left in the middle of calls",
        "its requests stay without an answer, further ones get 500 until it is back",
        "the first of the two sockets to end was ended by it, while events waited for a final "
        "reply, or later requests of its calls found nobody",
        "answer what is open before closing; see why it ended",
        "protocol: Leaving and coming back",
    ),
    Cause(
        "proxy-left",
        E,
        "the proxy closed the connection",
        "it crashed, was stopped, or its reader of actions died: the application server is "
        "gone for "
        "it",
        "the first of the two sockets to end was ended by the proxy",
        "see the proxy's log; connect again, and repeat the name on both sockets",
        "protocol: Leaving and coming back, Faults that end a server",
    ),
    Cause(
        "as-silent",
        E,
        "the application server did nothing with an event",
        "nobody answers the caller: the proxy drops the transaction, after 5 s on Kamailio",
        "an event, no reply to it, and 5 s more of capture; or the caller repeats itself meanwhile",
        "see the application server's log; its processor id must be the event's",
        "protocol: Transactions, Times",
    ),
    Cause(
        "reply-not-sent",
        E,
        "a final reply of which nothing leaves the proxy",
        "the application server answered, and the caller got nothing",
        "REPLY_FIN to a request that is in the capture, no response to the caller within 1 s, and "
        "no ACK of it, or the same request again, or a request by TCP, where none is repeated",
        "see the proxy's log; on Kamailio look for an abort of the process that reads actions, and "
        "whether the request came by TCP: send such to the proxy itself by UDP first",
        "protocol: Replies, Faults besides these",
    ),
)
_CLIENT: Final = (
    Cause(
        "uac-final-lost",
        E,
        "a final response that the application server was never told of",
        "Kamailio from 3.1 on registers for one callback only: UAC transactions never end there",
        "a final response that reached the proxy, and no RES_IN of it",
        "use OpenSER 1.2 to OpenSIPS 1.6 for the client side, mend the module, or send requests by "
        "another way than UAC_REQ; treat the 2xx as unknown and time out",
        "protocol: Responses, Faults of messages and transactions",
    ),
    Cause(
        "uac-timed-out",
        E,
        "no final response came: a faked 408",
        "tm waited fr_timer (30 s) or fr_inv_timer (120 s) and told of a time-out",
        "RES_IN with FAKED_REPLY and 408, to a request that had no final response",
        "see whether the address of the request or its Route is right and whether it answers "
        "at all",
        "protocol: Responses, Times",
    ),
    Cause(
        "action-failed",
        E,
        "the proxy could not do what an action asked",
        "it answers AC_RES_FAIL with its reason",
        "AC_RES_FAIL",
        "mend what the reason names",
        "protocol: Failures",
    ),
    Cause(
        "uac-provisional-lost",
        W,
        "a provisional response that the application server was never told of",
        "tm keeps provisional responses to itself unless it is told to pass them",
        "a response 101 to 199 that reached the proxy, and no RES_IN of it",
        'in the proxy\'s configuration: modparam("tm", "pass_provisional_replies", 1)',
        "protocol: Responses, Faults of messages and transactions",
    ),
)
_NETWORK: Final = (
    Cause(
        "request-loops",
        E,
        "a request goes round and round through the proxy",
        "the application server sends it on to the proxy's own address, and gets it again as a new "
        "request",
        "a request of one call and method that the proxy sent to itself 5 times within a second",
        "send it to where the other party is (its Contact, a Route), not to the request URI that "
        "names the proxy; take 1 off Max-Forwards and refuse at 0",
        "RFC 3261 16.3",
    ),
    Cause(
        "ack-kept-back",
        E,
        "the proxy keeps the ACK to a 2xx to itself",
        "OpenSIPS from 1.5 on hands no such ACK over: an application server that waits for it to "
        "acknowledge its own call never does, and whom it called ends the call",
        "an ACK at the proxy and no event of it, on such a server, while a 2xx to a UAC_REQ has no "
        "ACK",
        "acknowledge the 2xx of the outgoing call as soon as it comes, without waiting for the "
        "caller's ACK",
        "protocol: ACK and CANCEL, How servers differ",
    ),
    Cause(
        "ack-missing",
        E,
        "the ACK to a 2xx never came",
        "whoever answered repeats the 2xx and then ends the call",
        "a 2xx to an INVITE sent three times and more, and no ACK",
        "the caller's ACK goes to the Contact of the 2xx, through the Record-Routes: both must be "
        "addresses that it can reach",
        "RFC 3261 13.3.1.4",
    ),
    Cause(
        "pings-lost",
        W,
        "pings without a pong",
        "the proxy takes the application server for dead, after as many as jain_ping says",
        "PING, no JAIN_PONG of its sequence number, and 2 s more of capture",
        "answer every PING on the action socket with JAIN_PONG and its number, in the proxy's "
        "layout",
        "protocol: Pings",
    ),
    Cause(
        "pong-unknown",
        W,
        "a pong for no ping",
        "the proxy counts the ping as lost all the same",
        "JAIN_PONG whose number no PING before it had",
        "copy the sequence number of the PING: it stands at byte 10, in layout A's pong at byte 9",
        "protocol: Pings",
    ),
    Cause(
        "retransmissions",
        W,
        "requests that were sent again",
        "the request or its answer was lost on the way, or the answer took longer than 500 ms",
        "the same request from the same place twice and more over UDP, 100 ms apart or more",
        "if the answer had left before: look for loss between proxy and caller; else make the "
        "application server answer sooner, with a provisional response at least",
        "RFC 3261 17.1",
    ),
    Cause(
        "ack-unseen",
        W,
        "an ACK to a 2xx reached the proxy, and the application server was never told",
        "the proxy makes an event of it only if it finds the transaction, which Kamailio keeps for "
        "5 s (tm wt_timer), and only if its script relays the ACK: the application server takes "
        "the call for one that nobody confirmed",
        "an ACK at the proxy to a 2xx of the application server's, and no event of it, on a server "
        "that hands such ACKs over",
        "have the caller acknowledge in time, or raise tm's wt_timer; have the script relay ACKs "
        "within a dialog by as_relay_t() too; do not wait for the ACK in the application server",
        "protocol: ACK and CANCEL, Times",
    ),
    Cause(
        "capture-one-sided",
        I,
        "a port or a direction of SEAS is not in the capture",
        "what should have passed there is not judged, so that a diagnosis may be missing",
        "frames on one socket, and no packet of the other one or of one direction, not even an "
        "acknowledgement",
        "capture both ports, P and P + 1, in both directions, on the proxy's machine",
        "protocol: Connections",
    ),
    Cause(
        "capture-incomplete",
        I,
        "bytes are missing from the capture",
        "what they held is not judged, so that a diagnosis may be missing",
        "TCP segments that the other side acknowledged and that are not in the file",
        "capture with -s 0 and a larger buffer (tcpdump -B 16384), on the proxy's machine",
        "protocol: Frames",
    ),
)

TRACE_CAUSES: Final = (
    *_OPENING,
    *_LAYOUT,
    *(cause for cause in MISTAKE_CAUSES if cause.id.startswith("bind-")),
    *_STREAM,
    *_BINDING,
    *(cause for cause in MESSAGE_CAUSES if cause.severity is E and "-reported" not in cause.id),
    *(cause for cause in MISTAKE_CAUSES if not cause.id.startswith("bind-")),
    *_REQUESTS,
    *_CLIENT,
    *_NETWORK,
)
"""In the order of the page. What is told first, `seastool.interop.doctor.consequences` says; of
what is equally bad and follows neither from the other, what stands first here."""
