"""What is told, and that it does not flood."""

from app_bench import Bench, Recorder, sip_request

from seastool.app.notes import Notes


def test_each_kind_once_and_not_too_many() -> None:
    told: list[str] = []
    notes = Notes(told.append)
    for n in range(300):
        notes.once(f"kind {n}", f"text {n}")
        notes.once(f"kind {n}", f"text {n} again")
    assert told[:2] == ["text 0", "text 1"]
    assert len(told) == 201
    assert told[-1] == "more than 200 kinds of trouble: further ones are counted only"
    assert notes.knows("kind 7")


def test_what_is_off_the_wire_is_escaped() -> None:
    told: list[str] = []
    Notes(told.append).log("a\x1b[31m\u202e\udcff\nb\u00e9")
    assert told == ["a\\x1b[31m\\u202e\\udcff\nb\u00e9"]
    Notes(None).log("to nobody")


def test_an_application_may_tell_something() -> None:
    bench = Bench(Recorder(OPTIONS=lambda request: request.container.context.log("hello")))
    bench.request(sip_request("OPTIONS"))
    assert bench.told == ["hello"]
    assert bench.container.context.now == bench.now
    assert [socket.port for socket in bench.container.context.listening] == [5060, 5070]
