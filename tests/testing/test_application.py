"""What a test may say to name its application."""

from __future__ import annotations

from pathlib import Path

import pytest

from seastool import Application
from seastool.app.behaviours import Answer, BadBehaviour, Dispatcher, Reject
from seastool.testing import BadApplication, application_of


class Mine(Application):
    """An application."""


def test_an_application_by_all_its_names(tmp_path: Path) -> None:
    (tmp_path / "my_app.py").write_text(
        "from near import Base\nclass App(Base):\n    class Inner(Base): pass\n"
    )
    (tmp_path / "near.py").write_text("from seastool import Application as Base\n")
    mine = Mine()
    assert application_of(mine) is mine
    assert isinstance(application_of(Mine), Mine)
    assert isinstance(application_of("seastool.app.behaviours:Answer"), Answer)
    first = application_of("my_app.py:App", folder=tmp_path)
    assert type(first) is type(application_of("my_app.py:App", folder=tmp_path))
    assert type(application_of("my_app.py:App.Inner", folder=tmp_path)).__name__ == "Inner"
    assert isinstance(application_of("reject 486"), Reject)
    assert isinstance(application_of("answer 127.0.0.1:6000"), Answer)
    assert isinstance(application_of("MESSAGE=echo", "answer"), Dispatcher)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((), "no application is given"),
        ((Mine, "answer"), "one application, or behaviours"),
        ((3,), "int gives int, not a"),
        ((dict,), "dict gives dict, not a"),
        ((lambda: 1 / 0,), "raised ZeroDivisionError: division by zero"),
        (("seastool.nowhere:App",), "seastool.nowhere cannot be imported: ModuleNotFoundError"),
        (("seastool:Nothing",), "seastool has no Nothing"),
        (("nowhere.py:App",), "nowhere.py cannot be imported: FileNotFoundError"),
    ],
)
def test_what_is_no_application(given: tuple[object, ...], told: str) -> None:
    with pytest.raises(BadApplication, match=told) as caught:
        application_of(*given)
    assert "\n" not in str(caught.value)


def test_what_is_no_behaviour() -> None:
    with pytest.raises(BadBehaviour):
        application_of("rejct 486")
