"""Which application server gets a request, and who gets it when that one does not answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from gateway_bench import Bench
from gateway_texts import ALICE, hop, sip, tag_of

from seastool.gateway import choice
from seastool.gateway.routing import BadRoute, Routing, load_routes, parse_route
from seastool.gateway.settings import Settings
from seastool.seas.openser import behave_like
from seastool.sip.grammar import Grammar
from seastool.sip.incoming import MessageReader

READER = MessageReader(Grammar())


def routed(*rules: str, **how: float) -> Settings:
    return Settings(Routing(parse_route(rule) for rule in rules), **how)  # type: ignore[arg-type]


# Rules


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ("a", True),
        ("a method=INVITE", True),
        ("a method=BYE,INVITE", True),
        ("a method=BYE", False),
        ("a method=invite", False),
        ("a uri=bob@", True),
        ("a uri=sip:.*[.]com$", True),
        ("a uri=^bob", False),
        ("a header=X-Tenant", True),
        ("a header=x-tenant:^acme$", True),
        ("a header=X-Tenant:other", False),
        ("a header=X-Other", False),
        ("a header=Call-ID:call-1", True),
        ("a source=10.0.0.0/8", True),
        ("a source=10.0.0.9", True),
        ("a source=192.0.2.0/24", False),
        ("a source=::/0", False),
        ("a method=INVITE uri=bob source=10.0.0.9", True),
        ("a method=INVITE uri=bob source=10.0.0.8", False),
        ("a stateless", True),
        ("a stateless method=BYE", False),
    ],
)
def test_conditions(rule: str, fits: bool) -> None:
    request = READER.read(sip("INVITE", "X-Tenant: acme"))
    assert parse_route(rule).fits(request, ALICE) is fits


def test_names_are_in_order_and_may_have_blanks() -> None:
    assert parse_route("'one two',b method=BYE").names == (b"one two", b"b")
    routing = Routing([parse_route("a,b"), parse_route("c")])
    assert routing.names == {b"a", b"b", b"c"}


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("", "route ''"),
        ("a,,b", "names have 1 to 255 bytes"),
        ("a method", "'method': it is no condition"),
        ("a method=INVITE method=BYE", "given twice"),
        ("a method=", "methods are such as"),
        ("a colour=red", "'colour' is unknown; there are to, method, uri, header, source"),
        ("a uri=(", "uri '('"),
        ("a source=10.0.0.1/8", "source '10.0.0.1/8'"),
        ("a source=here", "source 'here'"),
        ("a header=:x", "it is NAME, or NAME:PATTERN"),
        ("a 'b", "No closing quotation"),
        ("a to=b", "given twice"),
        ("# a", "'a': it is no condition"),
        ("a stateless stateless", "'stateless': given twice"),
        ("a stateless=yes", "'stateless' is unknown; there are to, method, uri, header, source"),
        ("a Stateless", "'Stateless': it is no condition"),
    ],
)
def test_rules_that_are_not_right(rule: str, says: str) -> None:
    with pytest.raises(BadRoute) as error:
        parse_route(rule)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_of_rules(tmp_path: Path) -> None:
    path = tmp_path / "routes"
    path.write_text("# who gets what\n\none method=INVITE\n  # more\ntwo\n")
    assert [route.names for route in load_routes(str(path)).routes] == [(b"one",), (b"two",)]
    path.write_text("one\n\ntwo source=nowhere\n")
    with pytest.raises(BadRoute, match=r"routes:3: .*'nowhere'"):
        load_routes(str(path))
    path.write_bytes(b"\xff\xfe\n")
    with pytest.raises(BadRoute, match="not UTF-8"):
        load_routes(str(path))
    with pytest.raises(BadRoute, match="No such file"):
        load_routes(str(tmp_path / "none"))


def test_the_first_rule_that_fits_decides() -> None:
    settings = routed("as_2 method=OPTIONS", "as_1 source=10.0.0.9")
    bench = Bench(b"as_1", b"as_2", settings=settings)
    bench.receive(sip("OPTIONS"))
    bench.receive(sip("INVITE", call="2"))
    bench.receive(sip("INVITE", call="3"), hop("10.0.0.8"))
    assert bench.told() == ["as_2 T_REQ_IN OPTIONS", "as_1 T_REQ_IN INVITE"]
    assert bench.out() == ["100 INVITE", "500 INVITE"]
    assert bench.noted() == ["requests without an application server"]


def test_the_next_name_gets_what_the_first_is_not_there_for() -> None:
    bench = Bench(b"as_2", settings=routed("as_1,as_2"))
    bench.receive(sip("OPTIONS"))
    assert bench.told() == ["as_2 T_REQ_IN OPTIONS"]


def test_without_rules_the_first_to_come_gets_all() -> None:
    bench = Bench(b"as_2", b"as_1")
    bench.receive(sip("OPTIONS"))
    bench.connect(b"as_0", bound=False)
    bench.receive(sip("OPTIONS", call="2"))
    assert bench.told() == ["as_2 T_REQ_IN OPTIONS"] * 2


# Dialogs


def dialog(bench: Bench, call: str = "1") -> str:
    """A call is answered; by whom."""
    bench.receive(sip(call=call))
    invite = bench.event
    bench.replies(invite, 200)
    bench.receive(sip("ACK", branch=f"z9hG4bKack{call}", tag="b1", call=call))
    assert bench.told() == [f"{invite.name.decode()} T_REQ_IN {m}" for m in ("INVITE", "ACK")]
    return invite.name.decode()


def test_a_dialog_stays_with_its_application_server() -> None:
    bench = Bench(b"as_1", b"as_2")
    assert dialog(bench) == "as_1"
    bench.leave(b"as_1")
    assert dialog(bench, "2") == "as_2"
    bench.connect(b"as_1")
    bench.servers.names.reverse()
    for call, name in (("1", "as_1"), ("2", "as_2")):
        bench.receive(sip("BYE", cseq=2, tag="b1", call=call))
        assert bench.told() == [f"{name} T_REQ_IN BYE"]
    bench.receive(sip("OPTIONS", call="1"))
    assert bench.told() == ["as_1 T_REQ_IN OPTIONS"]


@pytest.mark.parametrize("only", [b"as_1", b"as_2"])
def test_a_dialog_of_the_time_of_one_stays_with_that_one_when_another_comes(only: bytes) -> None:
    bench = Bench(only)
    assert dialog(bench) == only.decode()
    bench.connect(b"as_2" if only == b"as_1" else b"as_1")
    bench.servers.names.sort()  # as if it had left, and had come again as the last
    assert dialog(bench, "2") == "as_1"
    for call, name in (("1", only.decode()), ("2", "as_1")):
        bench.receive(sip("BYE", cseq=2, tag="b1", call=call))
        assert bench.told() == [f"{name} T_REQ_IN BYE"]


def test_a_dialog_whose_application_server_is_gone_goes_to_another() -> None:
    bench = Bench(b"as_1", b"as_2")
    dialog(bench)
    bench.leave(b"as_1")
    bench.receive(sip("BYE", cseq=2, tag="b1"))
    assert bench.told() == ["as_2 T_REQ_IN BYE"]


def test_a_dialog_stays_where_its_rule_does_not_fit_any_more() -> None:
    """A header that only the INVITE has."""
    bench = Bench(b"as_1", b"as_2", settings=routed("as_2 header=X-Tenant", "as_1"))
    bench.receive(sip("INVITE", "X-Tenant: acme"))
    bench.replies(bench.event, 200)
    bench.receive(sip("ACK", branch="z9hG4bKack", tag="b1"))
    bench.receive(sip("BYE", cseq=2, tag="b1"))
    assert bench.told() == [f"as_2 T_REQ_IN {method}" for method in ("INVITE", "ACK", "BYE")]


def test_what_follows_goes_where_the_invite_went_without_a_rule_for_it() -> None:
    bench = Bench(settings=routed("as_1 method=INVITE"))
    dialog(bench)
    bench.receive(sip("BYE", cseq=2, tag="b1"))
    assert bench.told() == ["as_1 T_REQ_IN BYE"]
    bench.replies(bench.event, 200)
    bench.receive(sip("BYE", call="2", tag="b1"))
    assert bench.told() == []
    bench.out()
    bench.wait(80)
    assert bench.out() == []
    assert bench.left_over() == []


def test_only_so_many_dialogs_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were used last."""
    monkeypatch.setattr(choice, "MOST_DIALOGS", 2)
    bench = Bench(b"as_1", b"as_2")
    dialog(bench, "1")
    dialog(bench, "2")
    bench.receive(sip("INFO", cseq=2, tag="b1", call="1"))
    bench.receive(sip(call="3"))
    bench.told()
    bench.servers.names.reverse()
    for call in ("1", "2"):
        bench.receive(sip("BYE", cseq=3, tag="b1", call=call))
    assert bench.told() == ["as_1 T_REQ_IN BYE", "as_2 T_REQ_IN BYE"]


# Failover


@pytest.mark.parametrize("settings", [Settings(), routed("as_1,as_2")], ids=["all", "rule"])
def test_the_next_gets_what_the_first_says_nothing_to(settings: Settings) -> None:
    bench = Bench(b"as_1", b"as_2", settings=settings)
    bench.receive(sip())
    late = bench.event
    bench.wait(5)
    assert bench.told() == ["as_1 T_REQ_IN INVITE", "as_2 T_REQ_IN INVITE"]
    assert bench.noted() == ["application server silent: given to the next"]
    assert bench.out() == ["100 INVITE"]
    bench.replies(late, 200, tag=b"late")
    assert bench.rules() == ["reply-late"]
    assert bench.out() == []
    bench.replies(bench.event, 200, tag=b"next")
    assert bench.out() == ["200 INVITE"]
    assert tag_of(bench.last.data) == "next"
    bench.receive(sip("ACK", branch="z9hG4bKack", tag="next"))
    bench.receive(sip("BYE", cseq=2, tag="next"))
    assert bench.told() == ["as_2 T_REQ_IN ACK", "as_2 T_REQ_IN BYE"]
    bench.replies(bench.event, 200)
    bench.wait(80)
    assert bench.left_over() == []


def test_each_is_tried_once() -> None:
    bench = Bench(b"as_1", b"as_2", b"as_3")
    bench.receive(sip("OPTIONS"))
    bench.wait(14.9)
    assert bench.told() == [f"as_{n} T_REQ_IN OPTIONS" for n in (1, 2, 3)]
    assert bench.out() == []
    bench.wait(0.2)
    assert bench.out() == ["500 OPTIONS"]
    bench.wait(80)
    assert bench.left_over() == []


def test_the_next_gets_what_the_first_leaves_behind() -> None:
    bench = Bench(b"as_1", b"as_2")
    bench.receive(sip(call="1"))
    bench.receive(sip(call="2"))
    bench.replies(bench.event, 180)
    bench.out(), bench.told()
    bench.leave(b"as_1")
    assert bench.told() == ["as_2 T_REQ_IN INVITE"]
    assert bench.event.text == sip(call="1")
    assert bench.out() == ["500 INVITE"]
    assert bench.noted() == [
        "application server left: given to the next",
        "application server left: 500",
    ]


def test_each_has_its_own_time() -> None:
    """What was given to the next later is due later."""
    settings = routed("as_1,as_2 method=OPTIONS", "as_2")
    bench = Bench(b"as_1", b"as_2", settings=settings)
    bench.receive(sip("OPTIONS"))
    bench.wait(1)
    bench.receive(sip("INFO", call="2"))
    bench.wait(2)
    bench.leave(b"as_1")
    bench.wait(3.1)
    assert bench.out() == ["500 INFO"]
    bench.wait(2)
    assert bench.out() == ["500 OPTIONS"]


def test_one_that_is_back_gets_no_answer_sent_twice() -> None:
    bench = Bench(b"as_1", b"as_2")
    bench.receive(sip("OPTIONS"))
    late = bench.event
    bench.leave(b"as_1")
    bench.connect(b"as_1")
    bench.replies(late, 200)
    bench.replies(bench.event, 404)
    assert bench.out() == ["404 OPTIONS"]


def test_a_cancel_while_the_next_one_has_it() -> None:
    bench = Bench(b"as_1", b"as_2", behaviour=behave_like("openser-1.3.0"))
    bench.receive(sip())
    bench.leave(b"as_1")
    invite = bench.event
    bench.receive(sip("CANCEL"))
    cancel = bench.event
    assert cancel.name == b"as_2"
    bench.replies(cancel, 200)
    bench.replies(invite, 487)
    assert bench.out() == ["100 INVITE", "200 CANCEL", "487 INVITE"]
