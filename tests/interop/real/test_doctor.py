"""`seastool doctor` and a real Kamailio: what it says of it live."""

import asyncio

import pytest

from seastool.interop.doctor.live import judge
from seastool.net.app_endpoint import Options
from seastool.net.doctor import Look, look_at
from seastool.seas.connection.app_server import Timing
from seastool.seas.dialects import lookup


def looked(kamailio, name="app_server_1", **options) -> Look:
    host, _, port = kamailio.seas.rpartition(":")
    wishes = Options(name=name, timing=Timing(socket_info=1.0), **options)
    return asyncio.run(look_at(host, int(port), wishes, seconds=1.5))


def causes(look: Look) -> list[str]:
    return [diagnosis.cause.id for diagnosis in judge(look)]


def test_a_proxy_with_ways_around_its_faults(kamailio):
    look = looked(kamailio)
    assert causes(look) == []
    assert (look.call, look.event, look.zero_call, look.zero_event) == (200, True, 200, True)
    assert look.pings >= 1
    assert "kamailio (5.6" in look.server
    assert "kamailio-5" in look.dialect
    assert causes(looked(kamailio, "somebody")) == ["not-paired"]


def test_a_proxy_that_leaves_the_length_of_zero(run_kamailio):
    look = looked(run_kamailio(definitions=("KEEP_ZERO_LENGTH",)))
    assert (look.call, look.zero_call, look.zero_event) == (200, 500, False)
    assert causes(look) == ["content-length-zero"]


@pytest.mark.parametrize("dialect", ["openser-1.3.0"])
def test_binds_in_the_wrong_layout(kamailio, dialect):
    look = looked(kamailio, dialect=lookup(dialect))
    assert (look.call, look.event) == (500, False)
    assert causes(look) == ["call-refused"]
