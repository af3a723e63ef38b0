"""Every fault of a scenario file is told with its line and column, and what would be right."""

from pathlib import Path

import pytest

from seastool.scenario.errors import MAX_MISTAKES, ScenarioError
from seastool.scenario.loader import NoScenario, load_scenario, parse_scenario

MISTAKES = Path(__file__).parent / "mistakes.txt"
HEAD = "scenario: x\nrole: openser\nsteps:\n"  # steps begin in line 4


def mistakes(text: str, **settings: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "a.yaml", settings)
    return str(caught.value).splitlines()


def cases() -> list[tuple[str, str, str]]:
    """Place, message and text of each case in mistakes.txt."""
    blocks = MISTAKES.read_text().partition("\n\n")[2].split(f"\n{'-' * 20}\n")
    found = []
    for block in filter(None, blocks):
        first, _, text = block.partition("\n")
        place, _, message = first.partition(" ")
        found.append((place, message, text))
    return found


@pytest.mark.parametrize(("place", "message", "text"), cases(), ids=lambda value: value[:40])
def test_mistake(place, message, text):
    found = mistakes(text)
    assert len(found) == 1, found
    assert found[0].startswith(f"a.yaml:{place}: "), found[0]
    assert message in found[0], found[0]


def test_nothing_at_all():
    assert mistakes("") == ["a.yaml:1:1: the file is empty"]


def test_a_character_that_yaml_does_not_have():
    assert mistakes("a\0b: 1")[0].startswith("a.yaml:1:2: the character \\x00 cannot stand in YAML")


def test_several_are_told_in_the_order_of_the_file():
    text = f"{HEAD}  - sned: 1\n  - expect: NOTHING\n  - delay: 3\nx: 1"
    assert [line.split(": ")[0] for line in mistakes(text)] == [
        "a.yaml:4:5",
        "a.yaml:6:12",
        "a.yaml:7:1",
    ]


def test_several_of_what_the_steps_mean():
    text = f"{HEAD}  - expect: NOTHING\n  - log: '{{{{ x }}}}'\n  - send: {{ack: b}}"
    assert [line.split(": ")[0] for line in mistakes(text)] == [
        "a.yaml:4:13",
        "a.yaml:5:14",
        "a.yaml:6:17",
    ]


def test_their_number_is_bounded():
    found = mistakes(HEAD + "  - log: 5\n" * 100)
    assert len(found) == MAX_MISTAKES + 1
    assert found[-1] == "a.yaml: and 80 mistakes more"


def test_what_is_set_must_be_there():
    text = f"variables: {{caller: a}}\n{HEAD}  - log: x"
    (found,) = mistakes(text, calller="b")
    assert found.startswith("a.yaml:1:12: --set calller: there is no such variable, did you mean ")


def test_a_variable_that_is_set_later_only():
    text = f"{HEAD}  - log: '{{{{ a }}}}'\n  - expect: {{type: REPLY_FIN, capture: {{a: To}}}}"
    assert "the variable a has no value here: no step before this one sets it" in mistakes(text)[0]


def test_text_from_the_file_is_made_printable():
    assert "\x1b" not in mistakes('scenario: x\nrole: "\\e[31m"\nsteps: [{log: x}]')[0]


def test_a_file_that_is_not_there():
    with pytest.raises(
        NoScenario, match=r"^no/such\.yaml: No such file or directory; built in are"
    ):
        load_scenario("no/such.yaml")


def test_a_file_that_is_not_utf8(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"scenario: x\nrole: \xff\n")
    with pytest.raises(ScenarioError, match=r"a\.yaml:2:7: not UTF-8"):
        load_scenario(str(path))


def test_a_mistake_in_a_file_beside_it(tmp_path):
    (tmp_path / "a.sip").write_text("INVITE sip:b@c SIP/2.0\nCall-ID: {{ cal_id }}\n")
    path = tmp_path / "a.yaml"
    path.write_text(f"{HEAD}  - send: {{file: a.sip}}\n  - send: {{file: b.sip}}")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(str(path))
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"{path}:4:18: a.sip:2:13: unknown variable 'cal_id'")
    assert "b.sip: No such file or directory" in second
