"""A scenario file, read, held against the model and compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from seastool.errors import SeasError
from seastool.scenario.compiling.compiler import compile_scenario
from seastool.scenario.errors import BadText, Mistake, Place, ScenarioError
from seastool.scenario.library import built_in, built_in_names
from seastool.scenario.operations.program import Scenario
from seastool.scenario.reading.document import MAX_SIZE, read_document
from seastool.scenario.reading.validation import validate
from seastool.seas.faults import parse_fault

MAX_BESIDE = 1 << 18  # bytes of a SIP text in a file beside the scenario


class NoScenario(SeasError):
    """There is no scenario of that name, or it cannot be read."""


def load_scenario(
    name: str,
    settings: Mapping[str, str] | None = None,
    *,
    check_fault: Callable[[str], object] = parse_fault,
) -> Scenario:
    """The scenario in a file, or a built-in one by its name.

    settings: variables in place of their defaults. check_fault: raises a SeasError for a fault
    that there is not.
    Raises: ScenarioError with file, line and column of all that is wrong; NoScenario.
    """
    path = Path(name)
    text = built_in(name)
    if text is not None and not path.is_file():
        return parse_scenario(text, f"{name}.yaml", settings, check_fault=check_fault)
    return parse_scenario(
        _read(path, name), name, settings, beside=path.parent, check_fault=check_fault
    )


def parse_scenario(
    text: str,
    name: str = "scenario.yaml",
    settings: Mapping[str, str] | None = None,
    *,
    beside: Path | None = None,
    check_fault: Callable[[str], object] = parse_fault,
) -> Scenario:
    """The same of a text. beside: the folder of the files that it names; None for none."""
    document = read_document(text, name)
    model = validate(document)

    def read_file(file: str) -> str:
        return _read_beside(beside, file)

    def fault(text: str) -> None:
        try:
            check_fault(text)
        except SeasError as error:
            raise BadText(str(error)) from None

    return compile_scenario(document, model, settings or {}, read_file, fault)


def _read(path: Path, name: str) -> str:
    try:
        if path.stat().st_size > MAX_SIZE * 4:
            raise NoScenario(f"{name}: too large for a scenario")
        data = path.read_bytes()
    except OSError as error:
        known = ", ".join(built_in_names())
        message = f"{name}: {error.strerror or error}; built in are {known}"
        raise NoScenario(message) from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        place = Place(before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise ScenarioError(name, [Mistake(place, "not UTF-8")]) from None


def _read_beside(folder: Path | None, name: str) -> str:
    if folder is None:
        raise BadText("this scenario is no file, and has none beside it")
    try:
        with (folder / name).open("rb") as file:
            data = file.read(MAX_BESIDE + 1)
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or error
        raise BadText(f"{folder / name}: {cause}") from None
    if len(data) > MAX_BESIDE:
        raise BadText(f"{folder / name}: more than {MAX_BESIDE:,} bytes")
    return data.decode("utf-8", "surrogateescape")
