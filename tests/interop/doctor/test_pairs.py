"""Which two sockets are one application server's, and who left them first."""

import pytest
from diagnosing import trace_of
from doctor_stage import ACTION_PORT, EVENT_PORT, NAME, Stage

from seastool.interop.doctor.case import Case
from seastool.interop.doctor.connections import NEVER


def pairs(stage: Stage):
    case = Case(trace_of(stage.finish()))
    (proxy,) = case.trace.proxies
    return case.pairs[id(proxy)]


def ports(pair) -> list[int]:
    return [socket.client.port - 40000 for socket in pair.sockets]


def test_two_of_a_name_belong_together_and_the_nearest_of_those_without_one():
    stage = Stage()
    stage.open()
    for number, port in ((3, EVENT_PORT), (4, EVENT_PORT), (5, ACTION_PORT), (6, ACTION_PORT)):
        stage.connect(number, port)
        stage.wait(0.1)
    for number, name in ((3, b"one"), (4, b"two"), (5, b"two"), (6, b"one")):
        stage.name(number, name)
    found = pairs(stage)
    assert [ports(pair) for pair in found] == [[1, 2], [3, 6], [4, 5]]
    assert [pair.is_seas for pair in found] == [True, False, False]


def test_one_that_came_back_is_another():
    stage = Stage()
    stage.open()
    for number in (1, 2):
        stage.close(number)
    stage.wait(1)
    for number, port in ((3, EVENT_PORT), (4, ACTION_PORT)):
        stage.connect(number, port)
        stage.name(number)
    first, second = pairs(stage)
    assert (ports(first), ports(second)) == ([1, 2], [3, 4])
    assert first.left_ns < second.began_ns
    assert (second.left, second.left_ns) == (None, NEVER)


@pytest.mark.parametrize("by_client", [True, False])
@pytest.mark.parametrize("first", [1, 2])
def test_who_ends_one_socket_has_left_whoever_ends_the_other(first, by_client):
    stage = Stage()
    stage.open()
    stage.close(first, by_proxy=not by_client)
    stage.close(3 - first, by_proxy=by_client)
    stage.close(first, by_proxy=by_client)
    (pair,) = pairs(stage)
    ending, socket = pair.left
    assert ending.by_client is by_client
    assert (socket.client.port - 40000, socket.name) == (first, NAME)
