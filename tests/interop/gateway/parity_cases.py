"""All that is sent through both proxies."""

from __future__ import annotations

import base64
import gzip
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

from parity_answers import answers, own_requests
from parity_calls import calls, methods
from parity_case import Case, Ports, Requests
from parity_spellings import refused, spellings, vias
from torture_messages import torture_messages

GOLDEN = Path(__file__).parents[2] / "golden"
GOLDEN_COUNT = 300
SEED = 20261123
DEADLY = {"unksm2", "regaut01"}  # these end the real server, as its encoder frees what it never had
ACCEPT = re.compile(rb"^accept[ \t]*:", re.I | re.M)


def cases(ports: Ports) -> list[Case]:
    """All of them; names are unique."""
    make = Requests(ports)
    found = [
        *calls(make),
        *methods(make),
        *spellings(make),
        *vias(make),
        *refused(make),
        *answers(make),
        *own_requests(make),
        *_torture(ports),
        *_golden(ports),
    ]
    assert len({case.name for case in found}) == len(found)
    return found


def _with_via(data: bytes, ports: Ports, branch: str) -> bytes:
    start, end, rest = data.partition(b"\n")
    via = f"Via: SIP/2.0/UDP 127.0.0.1:{ports.caller};branch=z9hG4bK-{branch}\r\n"
    return start + end + via.encode() + rest


def _torture(ports: Ports) -> Iterator[Case]:
    for message in torture_messages():
        if message.name in DEADLY:
            continue
        name = f"torture-{message.name}"
        yield Case(name, [_with_via(message.data, ports, name)])


def _golden(ports: Ports) -> Iterator[Case]:
    """Some of the messages that real servers have encoded or refused.

    Two Accept headers are left out: they end the real server.
    """
    chance = random.Random(SEED)
    rows = []
    for file in ("kamailio-5.6.3/requests.jsonl.gz", "odd-kamailio-5.6.3.jsonl.gz"):
        with gzip.open(GOLDEN / file, "rt") as lines:
            found = [json.loads(line) for line in lines]
        rows += [(file[:3], row["name"], base64.b64decode(row["sip"])) for row in found]
    kept = [row for row in rows if len(ACCEPT.findall(row[2])) < 2]
    for file, name, data in chance.sample(kept, GOLDEN_COUNT):
        case = f"golden-{file}-{name}"
        yield Case(case, [_with_via(data, ports, case)])
