"""Digest responses to the challenges of now (RFC 2617, RFC 7616, RFC 8760)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_SCHEME: Final = re.compile(rb"\s*Digest\s+", re.I)
_PARAMETER: Final = re.compile(
    rb'(?<![A-Za-z-])([A-Za-z-]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s,"]++))'
)
_HASHES: Final = {
    b"md5": "md5",
    b"md5-sess": "md5",
    b"sha-256": "sha256",
    b"sha-256-sess": "sha256",
}
_SESSION: Final = b"-sess"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name and its password."""

    name: bytes
    password: bytes


@dataclass(slots=True)
class Challenge:
    """What a 401 or 407 asks for. qop: empty, auth or auth-int. count: how often it was met."""

    realm: bytes
    nonce: bytes
    algorithm: bytes
    qop: bytes
    opaque: bytes | None
    count: int = 0


def challenge_of(values: list[bytes]) -> Challenge | None:
    """The first challenge that can be met; None if there is none."""
    for value in values:
        scheme = _SCHEME.match(value)
        if scheme is None:
            continue
        found = {one[1].lower(): one[2] or one[3] or b"" for one in _PARAMETER.finditer(value)}
        algorithm = found.get(b"algorithm", b"MD5")
        offered = [one.strip().lower() for one in found.get(b"qop", b"").split(b",")]
        qop = next((one for one in (b"auth", b"auth-int") if one in offered), b"")
        if b"nonce" not in found or algorithm.lower() not in _HASHES or (any(offered) and not qop):
            continue
        return Challenge(
            found.get(b"realm", b""), found[b"nonce"], algorithm, qop, found.get(b"opaque")
        )
    return None


class Authority:
    """Meets challenges for one call. new_token: for cnonces."""

    def __init__(self, credentials: Credentials, new_token: Callable[[], bytes]) -> None:
        self._credentials = credentials
        self._new_token = new_token

    def answer(self, challenge: Challenge, method: bytes, uri: bytes, body: bytes) -> bytes:
        """The value of Authorization or Proxy-Authorization."""
        challenge.count += 1
        count, cnonce = b"%08x" % challenge.count, self._new_token()
        algorithm = challenge.algorithm.lower()

        def digest(*parts: bytes) -> bytes:
            name = _HASHES[algorithm]
            return hashlib.new(name, b":".join(parts), usedforsecurity=False).hexdigest().encode()

        user = self._credentials
        secret = digest(user.name, challenge.realm, user.password)
        if algorithm.endswith(_SESSION):
            secret = digest(secret, challenge.nonce, cnonce)
        asked = digest(method, uri)
        if challenge.qop == b"auth-int":
            asked = digest(method, uri, digest(body))
        if challenge.qop:
            response = digest(secret, challenge.nonce, count, cnonce, challenge.qop, asked)
        else:
            response = digest(secret, challenge.nonce, asked)
        told = [
            b'username="%s"' % user.name,
            b'realm="%s"' % challenge.realm,
            b'nonce="%s"' % challenge.nonce,
            b'uri="%s"' % uri,
            b'response="%s"' % response,
            b"algorithm=%s" % challenge.algorithm,
        ]
        if challenge.qop:
            told += [b"qop=" + challenge.qop, b"nc=" + count]
        if challenge.qop or algorithm.endswith(_SESSION):
            told.append(b'cnonce="%s"' % cnonce)
        if challenge.opaque is not None:
            told.append(b'opaque="%s"' % challenge.opaque)
        return b"Digest " + b", ".join(told)
