"""The number tables of the dialects: header types, methods, transports, mime types.

Each table is an enumeration of the real cores, so a name's number is its place in it.
They are shown in docs/protocol.md: Header types, Methods, Transports, Media types.
"""

from collections.abc import Mapping
from types import MappingProxyType


def _enumerated(names: str, first: int = 0) -> Mapping[str, int]:
    return MappingProxyType({name: n for n, name in enumerate(names.split(), first)})


_OPENSER_HEADERS = (
    "OTHER VIA VIA2 TO FROM CSEQ CALLID CONTACT MAXFORWARDS ROUTE RECORDROUTE PATH CONTENTTYPE"
    " CONTENTLENGTH AUTHORIZATION EXPIRES PROXYAUTH SUPPORTED PROXYREQUIRE UNSUPPORTED ALLOW"
    " EVENT ACCEPT ACCEPTLANGUAGE ORGANIZATION PRIORITY SUBJECT USERAGENT ACCEPTDISPOSITION"
    " CONTENTDISPOSITION DIVERSION RPID REFER_TO SESSION_EXPIRES MIN_SE PPI PAI PRIVACY"
)
_KAMAILIO_HEADERS = (
    "OTHER VIA VIA2 TO FROM CSEQ CALLID CONTACT MAXFORWARDS ROUTE RECORDROUTE CONTENTTYPE"
    " CONTENTLENGTH AUTHORIZATION EXPIRES {min_expires} PROXYAUTH SUPPORTED REQUIRE PROXYREQUIRE"
    " UNSUPPORTED ALLOW EVENT ACCEPT ACCEPTLANGUAGE ORGANIZATION PRIORITY SUBJECT USERAGENT"
    " SERVER {accept_disposition} CONTENTDISPOSITION DIVERSION RPID REFER_TO SIPIFMATCH"
    " SESSION_EXPIRES MIN_SE SUBSCRIPTION_STATE ACCEPTCONTACT ALLOWEVENTS CONTENTENCODING"
    " REFERREDBY REJECTCONTACT REQUESTDISPOSITION WWW_AUTHENTICATE PROXY_AUTHENTICATE DATE"
    " IDENTITY IDENTITY_INFO RETRY_AFTER PPI PAI PATH PRIVACY REASON {call_info} EOH"
)


def _kamailio(min_expires: str = "", accept_disposition: str = "", call_info: str = "") -> str:
    return _KAMAILIO_HEADERS.format(
        min_expires=min_expires, accept_disposition=accept_disposition, call_info=call_info
    )


HEADERS_OPENSER_1_2 = _enumerated(f"{_OPENSER_HEADERS} EOH")
HEADERS_OPENSER_1_3 = _enumerated(f"{_OPENSER_HEADERS} RETRY_AFTER EOH")
_OPENSIPS_HEADERS = f"{_OPENSER_HEADERS} RETRY_AFTER CALL_INFO WWW_AUTHENTICATE PROXY_AUTHENTICATE"
HEADERS_OPENSIPS_1_7 = _enumerated(f"{_OPENSIPS_HEADERS} EOH")
HEADERS_OPENSIPS_1_8 = _enumerated(f"{_OPENSIPS_HEADERS} MIN_EXPIRES EOH")
HEADERS_KAMAILIO_3_1 = _enumerated(_kamailio(accept_disposition="ACCEPTDISPOSITION"))
HEADERS_KAMAILIO_3_3 = _enumerated(_kamailio())
HEADERS_KAMAILIO_5_0 = _enumerated(_kamailio(min_expires="MIN_EXPIRES"))
HEADERS_KAMAILIO_5_1 = _enumerated(_kamailio(min_expires="MIN_EXPIRES", call_info="CALL_INFO"))

# A method's code is its bit in the cores' mask plus one; any other method has the last one.
METHODS_OPENSER = _enumerated(
    "INVITE CANCEL ACK BYE INFO OPTIONS UPDATE REGISTER MESSAGE SUBSCRIBE NOTIFY PRACK REFER"
    " PUBLISH OTHER",
    first=1,
)
_KAMAILIO_METHODS = (
    "INVITE CANCEL ACK BYE INFO REGISTER SUBSCRIBE NOTIFY MESSAGE OPTIONS PRACK UPDATE REFER"
    " PUBLISH"
)
METHODS_KAMAILIO_3 = _enumerated(f"{_KAMAILIO_METHODS} OTHER", first=1)
METHODS_KAMAILIO_5_2 = _enumerated(f"{_KAMAILIO_METHODS} KDMQ GET POST PUT DELETE OTHER", first=1)

_SIP_TRANSPORTS = "NONE UDP TCP TLS SCTP"
TRANSPORTS_FIRST = _enumerated(_SIP_TRANSPORTS)
TRANSPORTS_OTHER_5 = _enumerated(f"{_SIP_TRANSPORTS} OTHER")
TRANSPORTS_OPENSIPS_2_1 = _enumerated(f"{_SIP_TRANSPORTS} WS OTHER")
TRANSPORTS_OPENSIPS_2_2 = _enumerated(f"{_SIP_TRANSPORTS} WS WSS BIN HEP_UDP HEP_TCP OTHER")
TRANSPORTS_OPENSIPS_3_0 = _enumerated(f"{_SIP_TRANSPORTS} WS WSS BIN HEP_UDP HEP_TCP SMPP OTHER")
TRANSPORTS_KAMAILIO_4_0 = _enumerated(f"{_SIP_TRANSPORTS} WS WSS OTHER")

MIME_ALL = 0xFE
MIME_UNKNOWN = 0xFF
_MIME_WILD = {"*": MIME_ALL, "unknown": MIME_UNKNOWN}
MIME_TYPES: Mapping[str, int] = MappingProxyType(
    {**_enumerated("text message application multipart", first=1), **_MIME_WILD}
)


def _subtypes(more: str) -> Mapping[str, int]:
    known = (
        "plain cpim sdp cpl+xml pidf+xml rlmi+xml related lpidf+xml xpidf+xml watcherinfo+xml"
        " external-body xml+msrtc.pidf"
    )
    return MappingProxyType({**_enumerated(f"{known} {more}", first=1), **_MIME_WILD})


SUBTYPES_OPENSER_1_2 = _subtypes("")
SUBTYPES_OPENSER_1_3 = _subtypes("simple-message-summary mixed")
SUBTYPES_OPENSIPS_1_7 = _subtypes("simple-message-summary mixed isup")
SUBTYPES_KAMAILIO_3 = _subtypes("cpim-pidf+xml mixed")
SUBTYPES_KAMAILIO_4_1 = _subtypes("cpim-pidf+xml mixed isup")
