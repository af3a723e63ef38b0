"""The SIP headers that a scenario may name without `header.` in front, as they are spelled."""

from __future__ import annotations

_HEADERS = """
Accept Accept-Contact Accept-Encoding Accept-Language Alert-Info Allow Allow-Events
Authentication-Info Authorization Call-ID Call-Info Contact Content-Disposition Content-
Encoding Content-Language Content-Length Content-Type CSeq Date Diversion Error-Info Event
Expires From Identity In-Reply-To Join Max-Forwards MIME-Version Min-Expires Min-SE
Organization P-Asserted-Identity P-Preferred-Identity Path Priority Privacy Proxy-Authenticate
Proxy-Authorization Proxy-Require RAck Reason Record-Route Refer-To Referred-By Remote-Party-ID
Replaces Reply-To Require Retry-After Route RSeq Server Session-Expires SIP-ETag SIP-If-Match
Subject Subscription-State Supported Timestamp To Unsupported User-Agent Via Warning WWW-
Authenticate
"""
HEADER_NAMES = tuple(_HEADERS.split())
