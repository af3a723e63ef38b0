"""What an application server can get wrong before its actions are looked into: id and what.

Those of the actions themselves are in `seastool.seas.openser.rules`.
"""

from __future__ import annotations

from typing import Final

CONNECTION_RULES: Final[dict[str, str]] = {
    "race": "two connections or names in one moment: a real listener may spin from then on",
    "half-open": "more sockets without a partner than the 5 that a proxy has room for",
    "name-length": "a name that is longer than the proxy takes, or empty",
    "name-in-pieces": "a name that came in more than one piece",
    "unknown-name": "a name that the script does not know",
    "name-taken": "a name that is connected already: a real proxy ignores it without a word",
    "too-many": "more application servers than the proxy has room for",
    "early-actions": "too many bytes behind a name whose other socket has not come",
    "action-length": "a length field that is shorter than any head, or that this proxy reads wrong",
    "action-too-long": "an action of more than 4000 bytes: a real proxy never reads on",
    "actions-unread": "actions sent faster than a proxy that takes one of each read",
    "unknown-action": "on the event socket, a type that is neither BIND nor UNBIND",
    "undecodable": "an action whose bytes do not decode",
    "ping-lost": "a ping that was not answered in time",
    "late-pong": "a pong for a ping that was answered before or counts as lost",
    "unknown-ping": "a pong for a ping that was never sent",
}
