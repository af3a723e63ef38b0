"""A DNS server on loopback, made with dnspython: it says what a test lets it say."""

from __future__ import annotations

import asyncio
from collections import Counter

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class NameServer(asyncio.DatagramProtocol):
    """records: (name, type) -> (TTL, texts). silent: nothing is answered. asked: how often."""

    def __init__(self, records: dict[tuple[str, str], tuple[int, list[str]]]) -> None:
        self.records = records
        self.silent = False
        self.noise: list[bytes] = []
        self.failing = False
        self.asked: Counter[tuple[str, str]] = Counter()
        self.most_at_once = self._at_once = 0
        self.delay = 0.0

    async def __aenter__(self) -> NameServer:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )
        self.name = "{}:{}".format(*self._transport.get_extra_info("sockname"))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self._answer, data, address)
        else:
            self._answer(data, address)

    def _answer(self, data: bytes, address: tuple[str, int]) -> None:
        self._at_once -= 1
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked[name, kind] += 1
        for noise in self.noise:
            self._transport.sendto(noise, address)
        if self.silent:
            return
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if self.failing:
            response.set_rcode(dns.rcode.SERVFAIL)
        else:
            self._fill(response, name, kind)
        self._transport.sendto(response.to_wire(), address)

    def _fill(self, response: dns.message.Message, name: str, kind: str) -> None:
        if alias := self.records.get((name, "CNAME")):
            response.answer.append(
                dns.rrset.from_text(name + ".", alias[0], "IN", "CNAME", *alias[1])
            )
            name = alias[1][0].rstrip(".")
        if found := self.records.get((name, kind)):
            response.answer.append(dns.rrset.from_text(name + ".", found[0], "IN", kind, *found[1]))
        elif not any(known == name for known, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
