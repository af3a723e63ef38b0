"""The applications in examples/ and those in docs/app.md, run on a bench."""

import dataclasses
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "app"))

from app_bench import Bench, Sent, sip_request  # noqa: E402

from seastool.app import Application, Request, Response, Session, Settings  # noqa: E402
from seastool.app.application import HANDLERS  # noqa: E402
from seastool.app.behaviours import KINDS  # noqa: E402
from seastool.cli.endpoints.load_app import load_application  # noqa: E402

CAROL = "sip:carol@192.0.2.10"
OFFER = b"v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"
OTHER_OFFER = OFFER.replace(b"6000", b"7000")
ANSWER = OFFER.replace(b"6000", b"8000")


@pytest.fixture(autouse=True)
def _path() -> Iterator[None]:
    """Loading a file makes its folder importable."""
    before, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = before
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(ROOT / "examples")):
            del sys.modules[name]


@pytest.fixture(params=["kamailio-5.4.2", "openser-1.3.0"])
def dialect(request: pytest.FixtureRequest) -> str:
    """One server of each action layout."""
    return request.param


def load(name: str) -> Application:
    """An application of examples/, as ``--app`` loads it."""
    return load_application(f"{ROOT}/examples/{name}")


def sent_for(bench: Bench, method: str, *headers: str, **arguments) -> list[Sent]:
    bench.request(sip_request(method, *headers, **arguments))
    return bench.take()


def starts(sent: list[Sent]) -> list[str]:
    return [one.start.removesuffix(" SIP/2.0").removeprefix("SIP/2.0 ") for one in sent]


def test_every_example_says_how_it_is_run() -> None:
    files = sorted((ROOT / "examples").glob("*.py"))
    assert len(files) >= 5
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert f"examples/{file.name}" in text.split('"""')[1], file.name


# answering_machine.py


def message(bench: Bench, text: str, to: str = "bob", **arguments) -> list[Sent]:
    uri = f"sip:{to}@example.com"
    return sent_for(bench, "MESSAGE", body=text.encode(), uri=uri, to=f"<{uri}>", **arguments)


def machine(dialect: str = "kamailio-5.4.2") -> Bench:
    return Bench(load("answering_machine.py:AnsweringMachine"), dialect=dialect)


def register_bob(bench: Bench, cseq: int = 1) -> list[Sent]:
    return sent_for(bench, "REGISTER", contact="<sip:bob@192.0.2.20>", call_id="r", cseq=cseq)


def test_a_message_waits_until_its_receiver_registers(dialect: str) -> None:
    bench = machine(dialect)
    for i, text in enumerate(("one", "two")):
        assert starts(message(bench, text, call_id=f"m{i}")) == ["202 Accepted"]
    answer, first = register_bob(bench)
    assert answer.status == 200
    assert (first.start, first.body) == ("MESSAGE sip:bob@192.0.2.20 SIP/2.0", b"one")
    assert first["From"].startswith("<sip:alice@example.com>;tag=")
    bench.response(200, first)
    second = bench.one()
    assert second.body == b"two"
    bench.response(200, second)
    assert bench.take() == []
    assert bench.container.application.mailboxes == {}
    (passed_on,) = message(bench, "three", call_id="m3")
    assert passed_on.start == "MESSAGE sip:bob@192.0.2.20 SIP/2.0"


def test_a_message_that_does_not_arrive_is_kept() -> None:
    bench = machine()
    message(bench, "one")
    _, sent = register_bob(bench)
    bench.response(480, sent)
    assert bench.take() == []
    _, sent = register_bob(bench, 2)
    assert sent.body == b"one"


def test_commands_by_message() -> None:
    bench = machine()
    message(bench, "hello", to="alice", call_id="m0", from_="<sip:bob@example.com>;tag=x")
    for i, (command, reply) in enumerate(
        [
            ("list", "1 waiting\nbob@example.com: hello"),
            ("help", "list or clear?"),
            (" Clear ", "cleared"),
            ("list", "0 waiting"),
        ]
    ):
        answer, sent = message(bench, command, to="machine", call_id=f"c{i}")
        assert answer.status == 200
        assert sent.start == "MESSAGE sip:alice@192.0.2.7:5999 SIP/2.0"
        assert sent.body.decode() == reply


def test_a_mailbox_has_an_end() -> None:
    bench = machine()
    for i in range(50):
        message(bench, "x", call_id=f"m{i}")
    assert starts(message(bench, "x")) == ["480 Mailbox Full"]


# switchboard.py


def test_the_switchboard_connects_an_extension(dialect: str) -> None:
    bench = Bench(application := load("switchboard.py:Switchboard"), dialect=dialect)
    (far,) = sent_for(bench, "INVITE", uri="sip:101@pbx.example.com", body=OFFER)
    assert far.start == "INVITE sip:alice@192.0.2.101 SIP/2.0"
    assert far["X-Extension"] == "101"
    assert far["From"].startswith('"Alice" <sip:alice@example.com>;tag=')
    bench.response(200, far, "Contact: <sip:alice@192.0.2.101>", body=ANSWER)
    ack, answer = bench.take()
    assert (ack["CSeq"], answer.status) == ("2 ACK", 200)
    assert len(application.running) == 1
    to = answer["To"]
    assert starts(sent_for(bench, "BYE", to=to, cseq=2)) == ["200 OK", "BYE sip:alice@192.0.2.101"]
    assert (application.running, application.ended) == (set(), 1)


def test_the_switchboard_keeps_a_caller_private() -> None:
    bench = Bench(load("switchboard.py:Switchboard"))
    headers = ["Privacy: id", "P-Asserted-Identity: <sip:alice@example.com>"]
    (far,) = sent_for(bench, "INVITE", *headers, uri="sip:102@pbx.example.com")
    assert b"alice" not in far.text
    assert far["Privacy"] == "id"


def test_the_switchboard_does_not_know_everybody() -> None:
    bench = Bench(load("switchboard.py:Switchboard"))
    assert starts(sent_for(bench, "INVITE", uri="sip:999@pbx.example.com")) == ["404 Not Found"]


# click_to_call.py


class Clicked:
    """A click: the two people, as their phones see it."""

    def __init__(self, dialect: str = "kamailio-5.4.2") -> None:
        self.application = load("click_to_call.py:ClickToCall")
        self.bench = Bench(self.application, dialect=dialect)
        self.bench.container.start(0)
        self.outcome: object = None
        self.bench.container.context.spawn(self.click())

    async def click(self) -> None:
        try:
            self.outcome = await self.application.call("sip:a@192.0.2.1", "sip:b@192.0.2.2")
        except Exception as failure:
            self.outcome = failure

    def answer(self, sent: Sent, body: bytes, uri: str, status: int = 200) -> list[Sent]:
        self.bench.response(status, sent, f"Contact: <{uri}>", tag=uri[4], body=body)
        return self.bench.take()


def test_two_people_are_called_and_connected(dialect: str) -> None:
    click = Clicked(dialect)
    invite = click.bench.one()
    assert (invite.start, invite.body) == ("INVITE sip:a@192.0.2.1 SIP/2.0", b"")
    hold, second = click.answer(invite, OFFER, "sip:a@192.0.2.1")
    assert hold.start.startswith("ACK sip:a@")
    assert b"a=inactive" in hold.body
    assert (second.start, second.body) == ("INVITE sip:b@192.0.2.2 SIP/2.0", b"")
    (again,) = click.answer(second, OTHER_OFFER, "sip:b@192.0.2.2")
    assert (again.start, again.body) == ("INVITE sip:a@192.0.2.1 SIP/2.0", OTHER_OFFER)
    to_first, to_second = click.answer(again, ANSWER, "sip:a@192.0.2.1")
    assert (to_first.start.split()[:2], to_first.body) == (["ACK", "sip:a@192.0.2.1"], b"")
    assert (to_second.start.split()[:2], to_second.body) == (["ACK", "sip:b@192.0.2.2"], ANSWER)
    bye = sent_for(
        click.bench,
        "BYE",
        from_=f"{invite['To']};tag=a",
        to=invite["From"],
        call_id=invite["Call-ID"],
    )
    assert starts(bye) == ["200 OK", "BYE sip:b@192.0.2.2"]
    assert click.outcome.is_over


def test_the_first_does_not_answer() -> None:
    click = Clicked()
    assert click.answer(click.bench.one(), b"", "sip:a@192.0.2.1", 486) == []
    assert str(click.outcome) == "sip:a@192.0.2.1: 486 Some Reason"


def test_the_second_does_not_answer() -> None:
    click = Clicked()
    _, second = click.answer(click.bench.one(), OFFER, "sip:a@192.0.2.1")
    assert starts(click.answer(second, b"", "sip:b@192.0.2.2", 486)) == ["BYE sip:a@192.0.2.1"]
    assert str(click.outcome) == "sip:b@192.0.2.2: 486 Some Reason"


def test_the_first_hangs_up_meanwhile() -> None:
    click = Clicked()
    invite = click.bench.one()
    _, second = click.answer(invite, OFFER, "sip:a@192.0.2.1")
    click.bench.response(180, second, tag="b")
    bye = {"from_": f"{invite['To']};tag=a", "to": invite["From"], "call_id": invite["Call-ID"]}
    assert starts(sent_for(click.bench, "BYE", **bye)) == ["200 OK", "CANCEL sip:b@192.0.2.2"]
    assert starts(click.answer(second, OTHER_OFFER, "sip:b@192.0.2.2")) == [
        "ACK sip:b@192.0.2.2",
        "BYE sip:b@192.0.2.2",
    ]
    assert str(click.outcome) == "the first hung up"


def test_the_first_does_not_take_the_offer_of_the_second() -> None:
    click = Clicked()
    _, second = click.answer(click.bench.one(), OFFER, "sip:a@192.0.2.1")
    (again,) = click.answer(second, OTHER_OFFER, "sip:b@192.0.2.2")
    assert starts(click.answer(again, b"", "sip:a@192.0.2.1", 488)) == [
        "ACK sip:b@192.0.2.2",
        "BYE sip:a@192.0.2.1",
        "BYE sip:b@192.0.2.2",
    ]


# registrar.py


def test_the_registrar_keeps_its_domain(dialect: str) -> None:
    bench = Bench(load("registrar.py:Registrar"), dialect=dialect)
    (answer,) = register_bob(bench)
    assert answer["Contact"] == "<sip:bob@192.0.2.20>;expires=600"
    assert bench.told == ["bob@example.com is at 1 places"]
    (invite,) = sent_for(bench, "INVITE")
    assert invite.start == "INVITE sip:bob@192.0.2.20 SIP/2.0"
    foreign = sent_for(bench, "REGISTER", to="<sip:bob@example.org>", call_id="f")
    assert starts(foreign) == ["404 Not Found"]


# redirect.py


@pytest.mark.parametrize(
    ("name", "status", "contacts"),
    [
        ("sales", 302, ["<sip:alice@192.0.2.101>;q=1.0", "<sip:bob@192.0.2.102>;q=0.9"]),
        ("reception", 301, ["<sip:welcome@example.com>"]),
        ("nobody", 404, []),
    ],
)
def test_the_directory_says_where(
    dialect: str, name: str, status: int, contacts: list[str]
) -> None:
    bench = Bench(load("redirect.py:Directory"), dialect=dialect)
    (answer,) = sent_for(bench, "INVITE", uri=f"sip:{name}@example.com")
    assert (answer.status, answer.all("Contact")) == (status, contacts)
    assert starts(sent_for(bench, "OPTIONS", call_id="o")) == ["200 OK"]


# docs/app.md

DOCUMENT = (ROOT / "docs" / "app.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def documented() -> dict[str, Any]:
    """What the Python of the document defines; what it asserts holds."""
    names: dict[str, Any] = {"__name__": "documented"}
    for block in BLOCKS:
        exec(compile(block, "docs/app.md", "exec"), names)
    return names


def table(heading: str) -> list[list[str]]:
    """The cells of the table behind a heading, without its first rows."""
    text = DOCUMENT.partition(f"### {heading}\n")[2].partition("\n### ")[0]
    rows = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip(" `") for cell in row] for row in rows[2:]]


def test_the_settings_of_the_document_are_those_of_the_code() -> None:
    told = [row[:2] for row in table("Settings")]
    assert told == [
        [f.name, f"{f.default:g}" if isinstance(f.default, float) else repr(f.default)]
        for f in dataclasses.fields(Settings)
    ]


def test_the_behaviours_of_the_document_are_those_of_the_code() -> None:
    assert [row[0] for row in table("Behaviours")] == [kind.usage for kind in KINDS.values()]


def test_the_document_names_every_handler() -> None:
    missing = [name for name in HANDLERS.values() if f"`{name}`" not in DOCUMENT]
    assert not missing


def test_every_name_in_the_reference_exists() -> None:
    known = {
        "both": (Request, Response),
        "a request": (Request,),
        "a response": (Response,),
        "a session": (Session,),
    }
    text = DOCUMENT.partition("### Requests and responses")[2].partition("\n### ")[0]
    for part in text.split("| of ")[1:]:
        owner, _, rest = part.partition(" |")
        first_cells = [line.split(" | ")[0] for line in rest.splitlines() if line.startswith("| `")]
        for name in re.findall(r"`(\w+)", " ".join(first_cells)):
            missing = [kind.__name__ for kind in known[owner] if not hasattr(kind, name)]
            assert not missing, name


def test_the_greeter(documented: dict[str, Any]) -> None:
    bench = Bench(documented["Greeter"]())
    (answer,) = sent_for(bench, "MESSAGE", body=b"who are you?")
    assert answer["Subject"] == "as_1"
    assert starts(sent_for(bench, "MESSAGE", call_id="c2")) == ["202 Accepted"]
    assert starts(sent_for(bench, "OPTIONS")) == ["405 Method Not Allowed"]


def test_the_gate(documented: dict[str, Any]) -> None:
    bench = Bench(documented["Gate"]())
    (question,) = sent_for(bench, "INVITE")
    assert question.start == "OPTIONS sip:gate@192.0.2.1 SIP/2.0"
    bench.response(404, question)
    assert starts(bench.take()) == ["403 Forbidden"]


def test_the_reminder(documented: dict[str, Any]) -> None:
    bench = Bench(documented["Reminder"]())
    (answer,) = sent_for(bench, "INVITE")
    bench.request(sip_request("ACK", to=answer["To"]), label=1, flags=4)
    bench.wait(60)
    assert starts(bench.take()) == ["BYE sip:alice@192.0.2.7:5999"]


def test_find_me(documented: dict[str, Any]) -> None:
    bench = Bench(documented["FindMe"]())
    desk, mobile = sent_for(bench, "INVITE")
    assert desk["Record-Route"] == "<sip:10.0.0.1:5060;lr>"
    for one in (desk, mobile):
        bench.response(486, one, tag=one.start[11:15])
    assert starts(bench.take()) == ["INVITE sip:mailbox@192.0.2.3"]
    assert starts(sent_for(bench, "OPTIONS", call_id="o")) == ["OPTIONS sip:bob@example.com"]


def test_the_reception(documented: dict[str, Any]) -> None:
    bench = Bench(documented["Reception"]())
    (far,) = sent_for(bench, "INVITE")
    assert far["From"].startswith("<sip:door@example.com>;tag=")
    bench.response(486, far)
    assert starts(bench.take()) == ["486 Some Reason"]
    assert bench.told == ["a call from sip:alice@example.com is over"]
    assert starts(sent_for(bench, "MESSAGE", call_id="m")) == ["404 Not Found"]
