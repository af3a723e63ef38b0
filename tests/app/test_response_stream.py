"""Waiting for responses, as a script does it."""

import pytest
from app_bench import Bench, Recorder, answering, sip_request

from seastool.app import Context, Request
from seastool.errors import LocalProtocolError

CALLER, CALLEE, SERVICE = "sip:caller@h1", "sip:callee@h2", "sip:click@as"


async def click_to_call(context: Context, done: list[str]) -> None:
    """Call both and join them."""
    first = await context.create_request("INVITE", CALLER, SERVICE).send_and_wait()
    if not first.is_success:
        done.append(f"caller: {first.status} {first.reason}")
        return
    second = await context.create_request(
        "INVITE", CALLEE, SERVICE, body=first.body
    ).send_and_wait()
    if not second.is_success:
        first.create_ack().send()
        first.session.create_request("BYE").send()
        done.append(f"callee: {second.status}")
        return
    second.create_ack().send()
    first.create_ack(body=second.body).send()
    done.append("talking")


def start(bench: Bench) -> list[str]:
    done: list[str] = []
    bench.container.context.spawn(click_to_call(bench.container.context, done))
    return done


def test_click_to_call() -> None:
    bench = Bench(recorder := Recorder())
    done = start(bench)
    first = bench.one()
    bench.response(180, first)
    bench.response(200, first, "Content-Type: application/sdp", body=b"v=0\r\ncaller")
    second = bench.one()
    assert second.body == b"v=0\r\ncaller"
    bench.response(200, second, "Content-Type: application/sdp", body=b"v=0\r\ncallee")
    acks = bench.take()
    assert [ack.start for ack in acks] == [f"ACK {CALLEE} SIP/2.0", f"ACK {CALLER} SIP/2.0"]
    assert acks[1].body == b"v=0\r\ncallee"
    assert done == ["talking"]
    assert not recorder.responses


@pytest.mark.parametrize("end", ["faked", "failure", "nothing"])
def test_a_call_that_fails(end: str) -> None:
    bench = Bench(Recorder())
    done = start(bench)
    uac_id = bench.one().frame.uac_id
    if end == "faked":
        bench.faked(uac_id)
    elif end == "failure":
        bench.failure(uac_id, b"no route")
    else:
        bench.wait(50)
    reason = "503 no route" if end == "failure" else "408 Request Timeout"
    assert done == [f"caller: {reason}"]
    bench.wait(50)
    assert bench.is_empty()


def test_the_second_call_fails() -> None:
    bench = Bench(Recorder())
    done = start(bench)
    bench.response(200, bench.one())
    bench.response(486, bench.one())
    assert [sent.start.split()[0] for sent in bench.take()] == ["ACK", "BYE"]
    assert done == ["callee: 486"]


def test_each_response_in_turn() -> None:
    seen: list[int] = []

    async def watch(context: Context) -> None:
        request = context.create_request("INVITE", CALLEE, SERVICE)
        async for response in request.responses():
            seen.append(response.status)
        seen.append(0)

    bench = Bench(Recorder())
    bench.container.context.spawn(watch(bench.container.context))
    invite = bench.one()
    for status in (180, 183, 404):
        bench.response(status, invite)
    assert seen == [180, 183, 404, 0]


def test_in_an_async_handler() -> None:
    async def forward(request: Request) -> None:
        copy = request.container.context.copy_request(request, CALLEE)
        answer = await copy.send_and_wait()
        request.create_response(answer.status, answer.reason).send()

    bench = Bench(Recorder(MESSAGE=forward))
    bench.request(sip_request("MESSAGE"))
    bench.response(202, bench.one())
    assert bench.one().start == "SIP/2.0 202 Some Reason"


def test_without_futures_it_says_so() -> None:
    bench = Bench(Recorder(OPTIONS=answering(200)), new_future=None)
    request = bench.container.context.create_request("MESSAGE", CALLEE, SERVICE)
    with pytest.raises(LocalProtocolError, match="new_future"):
        request.responses()
