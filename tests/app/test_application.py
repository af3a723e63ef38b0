"""Which handler gets what, and what the handlers do that nobody overrode."""

import pytest
from app_bench import Bench, Recorder, answering, sip_request

from seastool.app import Application, Request, Response
from seastool.app.application import HANDLERS, allowed


class Everything(Application):
    """Notes the name of each handler that is called."""

    def __init__(self) -> None:
        self.called: list[tuple[str, str]] = []

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()


def _noting(name: str):
    def handler(self, message: Request | Response) -> None:
        self.called.append((name, message.method))

    return handler


RESPONSES = ("provisional", "success", "redirect", "error")
for _name in [*HANDLERS.values(), *(f"do_{kind}_response" for kind in RESPONSES)]:
    setattr(Everything, _name, _noting(_name))


@pytest.mark.parametrize("dialect", ["kamailio-5.4.2", "openser-1.3.0", "opensips-2.4"])
@pytest.mark.parametrize("method", sorted(set(HANDLERS) - {"ACK", "CANCEL"}))
def test_each_method_has_its_handler(method: str, dialect: str) -> None:
    bench = Bench(application := Everything(), dialect=dialect)
    bench.request(sip_request(method))
    assert application.called == [(HANDLERS[method], method)]


def test_ack_and_cancel_have_theirs() -> None:
    bench = Bench(application := Everything())
    invite = bench.request(sip_request("INVITE"))
    bench.request(sip_request("CANCEL"), cancelled=(7, invite))
    bench = Bench(second := Everything())
    invite = bench.request(sip_request("INVITE"))
    bench.container.transactions[7, invite].create_response(200).send()
    bench.request(sip_request("ACK"), label=invite, flags=4)
    assert [name for name, _ in application.called + second.called] == [
        "do_invite",
        "do_cancel",
        "do_invite",
        "do_ack",
    ]


@pytest.mark.parametrize(
    ("status", "handler"),
    [
        (180, "do_provisional_response"),
        (200, "do_success_response"),
        (302, "do_redirect_response"),
        (404, "do_error_response"),
        (503, "do_error_response"),
        (603, "do_error_response"),
    ],
)
def test_each_class_of_responses_has_its_handler(status: int, handler: str) -> None:
    bench = Bench(application := Everything())
    context = bench.container.context
    context.create_request("MESSAGE", "sip:bob@example.com", "sip:as@example.com").send()
    bench.response(status, bench.one())
    assert application.called == [(handler, "MESSAGE")]


@pytest.mark.parametrize(
    "method", sorted({*HANDLERS, "KDMQ", "X-ODD"} - {"ACK", "BYE", "CANCEL", "MESSAGE"})
)
def test_a_method_that_is_not_served_gets_405(method: str) -> None:
    class Served(Application):
        def do_message(self, request: Request) -> None:
            """Overridden."""

    bench = Bench(Served())
    bench.request(sip_request(method))
    sent = bench.one()
    assert sent.status == 405
    assert sent["Allow"] == "ACK, BYE, CANCEL, MESSAGE"
    assert allowed(Application) == ("ACK", "BYE", "CANCEL")


def test_a_bye_gets_200_and_an_ack_nothing() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200)))
    invite = bench.request(sip_request("INVITE"))
    to = bench.one()["To"]
    bench.request(sip_request("ACK", to=to), label=invite, flags=4)
    assert not bench.take()
    bench.request(sip_request("BYE", to=to, cseq=2))
    assert bench.one().status == 200
    assert [r.method for r in recorder.requests] == ["INVITE", "ACK", "BYE"]


def test_init_and_destroy_are_called_once() -> None:
    class Noting(Application):
        calls: tuple[str, ...] = ()

        def init(self, context) -> None:
            super().init(context)
            self.calls += (context.name,)

        def destroy(self) -> None:
            self.calls += ("destroy",)

    bench = Bench(application := Noting())
    bench.container.start(bench.now)
    bench.request(sip_request("OPTIONS"))
    bench.container.close(bench.now)
    bench.container.close(bench.now)
    assert application.calls == ("as_1", "destroy")
    assert application.context is bench.container.context
