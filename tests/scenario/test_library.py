"""The scenarios that come with seastool."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from seastool.scenario.library import built_in, built_in_names
from seastool.scenario.loader import load_scenario

ROOT = Path(__file__).parents[2]
NAMES = ["answer", "cancel", "message", "options", "register", "reject", "uac"]


def test_names():
    assert built_in_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_loads_and_says_what_it_does(name):
    scenario = load_scenario(name)
    assert scenario.title == name
    assert scenario.description.endswith(".")
    assert scenario.role == ("appserver" if name == "answer" else "openser")


@pytest.mark.parametrize("name", ["", "../uac", "uac.yaml", "no", "__init__", "U"])
def test_what_is_no_name(name):
    assert built_in(name) is None


def test_a_file_of_that_name_comes_first(tmp_path, monkeypatch):
    (tmp_path / "uac").write_text("scenario: mine\nrole: openser\nsteps: [{log: x}]")
    monkeypatch.chdir(tmp_path)
    assert load_scenario("uac").title == "mine"


def test_they_are_in_the_wheel(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for name in NAMES:
        assert f"seastool/scenario/library/{name}.yaml" in names
