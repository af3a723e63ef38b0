"""Every command of the program with what its ``--help`` tells, independent of the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import typer
from typer.main import get_command

OWN_PARAGRAPH = "\b"  # in a help text: the lines of this paragraph stay as they are


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a help text; `as_it_is`: its lines are not filled."""

    lines: tuple[str, ...]
    as_it_is: bool


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its words, such as `seastool send uac`, and what there is to give it.

    pieces: what follows the words in its usage. sections: title and rows, each a name with its
    meaning. is_group: it only has commands below it.
    """

    words: str
    summary: str
    pieces: tuple[str, ...]
    help: tuple[Paragraph, ...]
    sections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    is_group: bool


def all_commands(app: typer.Typer, name: str) -> Iterator[Command]:
    """The program itself, then each command in the order of its help, groups before their own."""
    yield from _walk(get_command(app), name, None)


def _walk(command: Any, name: str, above: Any) -> Iterator[Command]:
    context = typer.Context(command, info_name=name, parent=above, **command.context_settings)
    below: dict[str, Any] = getattr(command, "commands", {})
    recorder = _Recorder()
    command.format_options(context, recorder)
    yield Command(
        context.command_path,
        command.get_short_help_str(200),
        tuple(command.collect_usage_pieces(context)),
        paragraphs(command.help or ""),
        tuple((title, tuple(rows)) for title, rows in recorder.sections if title != "Commands"),
        bool(below),
    )
    for word, each in below.items():
        if not each.hidden:
            yield from _walk(each, word, context)


@dataclass(slots=True)
class _Recorder:
    """Stands in for the formatter of help texts, and keeps what it is told."""

    sections: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    width: int = 1000

    @contextmanager
    def section(self, title: str) -> Iterator[None]:
        self.sections.append((title, []))
        yield

    def write_dl(self, rows: Sequence[tuple[str, str]], *_: Any, **__: Any) -> None:
        self.sections[-1][1].extend((_name(name), " ".join(told.split())) for name, told in rows)


def _name(name: str) -> str:
    """Of an argument, without the type that the library adds: `FILE <str>`."""
    return name if name.startswith("-") else name.partition(" <")[0]


def paragraphs(text: str) -> tuple[Paragraph, ...]:
    """A help text as typer takes it, by its paragraphs."""
    found = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        lines = [line.rstrip() for line in paragraph.strip("\n").split("\n")]
        as_it_is = lines[0].strip() == OWN_PARAGRAPH
        kept = tuple(line for line in lines if line.strip(f" {OWN_PARAGRAPH}"))
        if kept:
            found.append(Paragraph(kept, as_it_is))
    return tuple(found)
