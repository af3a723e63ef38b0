"""Application sessions: attributes, timers, expiry."""

import pytest
from app_bench import Bench, Recorder, answering, sip_request

from seastool.app import ApplicationSession, SessionState, Settings
from seastool.errors import LocalProtocolError


def made(bench: Bench) -> ApplicationSession:
    return bench.container.context.create_application_session()


def test_it_expires_after_three_minutes() -> None:
    expired = []
    application = Recorder()
    application.session_expired = expired.append
    bench = Bench(application)
    session = made(bench)
    assert session.expires == 180
    bench.wait(179)
    assert session.is_valid
    bench.wait(2)
    assert not session.is_valid
    assert expired == [session]
    assert bench.is_empty()


def test_expiry_can_be_changed_and_put_off() -> None:
    application = Recorder()
    bench = Bench(application)
    session = made(bench)
    session.expires = 0
    bench.wait(10_000)
    assert session.is_valid
    session.expires = 60
    times = iter([60.0, 60.0, 0.5])

    def session_expired(session: ApplicationSession) -> None:
        if (seconds := next(times, None)) is not None:
            session.expires = seconds

    application.session_expired = session_expired
    bench.wait(179)
    assert session.is_valid
    bench.wait(2)
    assert not session.is_valid


def test_activity_of_its_dialogs_keeps_it() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(180), INFO=answering(200)))
    bench.request(sip_request("INVITE"))
    to = bench.one()["To"]
    session = recorder.requests[0].application_session
    assert session.sessions == (recorder.requests[0].session,)
    for cseq in range(2, 6):
        bench.wait(100)
        bench.request(sip_request("INFO", to=to, cseq=cseq))
        assert recorder.requests[-1].application_session is session
    assert session.is_valid
    bench.wait(300)
    assert not session.is_valid
    assert recorder.requests[0].session.state is SessionState.TERMINATED
    assert bench.is_empty()


def test_a_call_that_is_talking_keeps_it() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200)))
    bench.request(sip_request("INVITE"))
    session = recorder.requests[0].application_session
    bench.wait(3600)
    assert session.is_valid
    bench.request(sip_request("BYE", to=bench.one()["To"], cseq=2))
    assert not session.is_valid
    assert bench.is_empty()


def test_one_that_the_application_made_outlives_its_dialogs() -> None:
    bench = Bench(Recorder())
    session = made(bench)
    context = bench.container.context
    request = context.create_request("INVITE", "sip:b@h", "sip:a@h", application_session=session)
    request.send()
    assert request.application_session is session
    bench.response(200, bench.one())
    request.session.create_request("BYE").send()
    assert session.sessions == ()
    assert session.is_valid


def test_one_of_a_request_that_makes_no_dialog_ends_with_it() -> None:
    def handler(request) -> None:
        request.application_session.attributes["x"] = 1
        request.create_response(200).send()

    bench = Bench(recorder := Recorder(MESSAGE=handler))
    bench.request(sip_request("MESSAGE"))
    assert bench.is_empty()
    assert not recorder.requests[0].application_session.is_valid
    assert recorder.requests[0].application_session.attributes == {"x": 1}


def test_timers_are_called_in_time() -> None:
    bench = Bench(Recorder())
    session = made(bench)
    called: list[tuple[str, float]] = []
    once = session.set_timer(10, lambda: called.append(("once", bench.now)))
    often = session.set_timer(4, lambda: called.append(("often", bench.now)), repeat=True)
    never = session.set_timer(1, lambda: called.append(("never", bench.now)))
    never.cancel()
    never.cancel()
    assert session.timers == (once, often)
    bench.wait(13)
    start = bench.now - 13
    assert [(name, at - start) for name, at in called] == [
        ("often", 4),
        ("often", 8),
        ("once", 10),
        ("often", 12),
    ]
    assert (once.is_set, often.is_set) == (False, True)
    often.cancel()
    bench.wait(100)
    assert len(called) == 4


def test_a_timer_may_be_a_coroutine_and_may_fail() -> None:
    bench = Bench(Recorder())
    session = made(bench)
    called = []

    async def callback() -> None:
        called.append(1)
        raise ValueError("from a timer")

    session.set_timer(1, callback)
    bench.wait(2)
    assert called == [1]
    assert "ValueError: from a timer" in bench.told[0]


def test_a_timer_that_sets_itself_anew_does_not_stop_the_rest() -> None:
    bench = Bench(Recorder())
    session = made(bench)
    called = []

    def again() -> None:
        called.append(1)
        session.set_timer(0, again)

    session.set_timer(0, again)
    for _ in range(3):
        bench.container.handle_timer(bench.now)
    assert len(called) == 3
    with pytest.raises(LocalProtocolError, match="cannot repeat every 0 s"):
        session.set_timer(0, again, repeat=True)


def test_invalidate_ends_dialogs_and_timers() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200)))
    bench.request(sip_request("INVITE"))
    session = recorder.requests[0].application_session
    called = []
    session.set_timer(1, lambda: called.append(1))
    session.invalidate()
    session.invalidate()
    assert recorder.requests[0].session.state is SessionState.TERMINATED
    bench.wait(100)
    assert not called
    assert bench.is_empty()
    with pytest.raises(LocalProtocolError, match="has ended"):
        session.set_timer(1, session.invalidate)


def test_a_timer_keeps_it_alive_until_it_has_fired() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200)))
    bench.request(sip_request("INVITE"))
    session = recorder.requests[0].application_session
    seen = []
    session.set_timer(5, lambda: seen.append(session.is_valid))
    bench.request(sip_request("BYE", to=bench.one()["To"], cseq=2))
    assert session.is_valid
    bench.wait(6)
    assert seen == [True]
    assert not session.is_valid


def test_bounds() -> None:
    bench = Bench(Recorder(), settings=Settings(max_application_sessions=2, max_timers=5))
    sessions = [made(bench), made(bench)]
    with pytest.raises(LocalProtocolError, match="2 application sessions are alive"):
        made(bench)
    for _ in range(3):  # two are theirs
        sessions[0].set_timer(1, lambda: None)
    with pytest.raises(LocalProtocolError, match="5 timers are set"):
        sessions[0].set_timer(1, lambda: None)
    assert bench.counted()["refused"] == 2
