"""Whatever the text and whatever the frames: a scenario or a SeasError, a result and no crash."""

from contextlib import suppress

import pytest
import yaml
from driving import Driven
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seastool.errors import SeasError
from seastool.scenario.library import built_in, built_in_names
from seastool.scenario.loader import parse_scenario
from seastool.scenario.matching.comparing import compile_test
from seastool.scenario.matching.expression import compile_expression
from seastool.scenario.matching.fields import FRAME_TYPES, field_named
from seastool.scenario.operations.program import Scenario
from seastool.scenario.reading.model import STEP_KEYS, ScenarioModel
from seastool.scenario.texts.message_text import compile_message
from seastool.scenario.texts.scope import Scope
from seastool.seas.codec import decode_frame
from seastool.seas.types import Direction, Socket

QUICK = settings(max_examples=150, deadline=None)
SLOW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

KEYS = """
as sip file ack cancel respond reply hex frame to status of where filter capture timeout any_of
not count while steps start stop type calls rate openser appserver 5s 100/s 200 /a/ sip.status To
a==1 drop=1 pass fail
"""
WORDS = st.sampled_from(
    [*ScenarioModel.model_fields, *STEP_KEYS, *FRAME_TYPES, *KEYS.split(), "{{ tag }}", "{{ x }}"]
)
SCALARS = st.one_of(WORDS, st.text(max_size=8), st.integers(), st.booleans(), st.none())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=15,
)
SCOPE = Scope("openser", {"a": "1", "b": "2"}, ["b"])


def loads(text: str) -> None:
    with suppress(SeasError):
        assert isinstance(parse_scenario(text), Scenario)


@QUICK
@given(st.text(max_size=200))
def test_any_text(text):
    loads(text)


@QUICK
@given(st.text(alphabet="ab:-{}[]&*!|>'\"#%@,? \n\t~<", max_size=80))
def test_any_yaml_like_text(text):
    loads(text)


@SLOW
@given(st.dictionaries(st.sampled_from(list(ScenarioModel.model_fields)), VALUES), VALUES)
def test_any_values(scenario, step):
    scenario = {"scenario": "x", "role": "openser", **scenario}
    loads(yaml.safe_dump(scenario, allow_unicode=True))
    steps = [{key: step} for key in STEP_KEYS]
    loads(yaml.safe_dump({**scenario, "role": "appserver", "steps": steps}))


@SLOW
@given(
    st.sampled_from(built_in_names()), st.integers(0, 3000), st.integers(0, 40), st.text(max_size=6)
)
def test_any_change_of_what_is_built_in(name, at, length, put):
    text = str(built_in(name))
    loads(text[:at] + put + text[at + length :])


@QUICK
@given(st.text(max_size=60), SCALARS.filter(lambda value: value is not None))
def test_any_template_test_and_expression(text, value):
    for make in (
        lambda: compile_message(text, SCOPE),
        lambda: compile_message(f"{{{{ {text} }}}}", SCOPE),
        lambda: compile_expression(text, SCOPE),
        lambda: compile_test(value, field_named("To", []), SCOPE),
        lambda: compile_test(text, field_named("sip.status", []), SCOPE),
        lambda: field_named(text, []),
    ):
        with suppress(SeasError):
            make()


@SLOW
@given(st.lists(st.binary(min_size=5, max_size=120), max_size=8), st.sampled_from(list(Socket)))
def test_any_frames(datas, socket):
    driven = Driven("uac")
    driven.reply(180)
    for data in datas:
        try:
            frame = decode_frame(data, socket, Direction.TO_OPENSER, driven.endpoint.dialect.layout)
        except SeasError:
            continue
        driven.run.receive(frame, data, driven.now)
    driven.wait(30)
    assert driven.run.finished
    assert driven.result.passed + driven.result.failed == 1


@pytest.mark.parametrize("text", ["{{" * 2000, "{{ a | " * 500, "{{ " + "a." * 2000 + " }}"])
def test_long_templates_end_soon(text):
    loads(f"scenario: x\nrole: openser\nsteps:\n  - log: '{text}'")
