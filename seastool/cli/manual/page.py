"""seastool(1) in the macros of man(7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import typer

from seastool.cli.manual.commands import Command, Paragraph, all_commands

PROGRAM = "seastool"
SUMMARY = "decode, encode, check and speak SEAS, the protocol of SIP application servers"
EXITS = (
    ("0", "done, and nothing was found that --fail-on or the like names"),
    ("1", "findings, differences or a failed check; what was asked for is not in the input"),
    ("2", "the command line is wrong"),
    ("3", "the input cannot be read, or is no SEAS"),
    ("4", "the peer, the network or a time-out; output that cannot be written"),
    ("130", "ended by Ctrl-C"),
)
ENVIRONMENT = (
    ("NO_COLOR", "if it is set to anything: no colours"),
    ("TERM", "no colours if it is dumb"),
    ("COLUMNS", "the width of help texts and, on a terminal, of ladders"),
)
RELATED = ("kamailio(8)", "sipp(1)", "tshark(1)", "tcpdump(8)")


def write_manual(app: typer.Typer, version: str) -> str:
    """The page as a file for man, with every command and option."""
    return "".join(f"{line}\n" for line in _lines(app, version))


def _lines(app: typer.Typer, version: str) -> Iterator[str]:
    root, *commands = all_commands(app, PROGRAM)
    yield '.\\" Made by `seastool export man`; tests/cli/test_manual.py holds it equal.'
    yield f'.TH {PROGRAM.upper()} 1 "" "{PROGRAM} {version}" "User Commands"'
    yield from (".SH NAME", f"{PROGRAM} \\- {escaped(SUMMARY)}", ".SH SYNOPSIS")
    yield _synopsis(root)
    yield ".SH DESCRIPTION"
    yield from _told(root.help)
    yield from _options(root)
    yield ".SH COMMANDS"
    for command in commands:
        yield f".SS {escaped(command.words)}"
        yield from ("", _synopsis(command), ".PP") if not command.is_group else ()
        yield from _told(command.help)
        if not command.is_group:
            yield from _options(command)
    yield from _list("EXIT STATUS", EXITS)
    yield from _list("ENVIRONMENT", ENVIRONMENT)
    yield ".SH SEE ALSO"
    yield ", ".join(f"\\fB{escaped(page[:-3])}\\fR{page[-3:]}" for page in RELATED)


def _synopsis(command: Command) -> str:
    return f"\\fB{escaped(command.words)}\\fR {escaped(' '.join(command.pieces))}"


def _told(help: Sequence[Paragraph]) -> Iterator[str]:
    for number, paragraph in enumerate(help):
        if number:
            yield ".PP"
        lines = [_text_line(line) for line in paragraph.lines]
        yield from [".nf", *lines, ".fi"] if paragraph.as_it_is else lines


def _options(command: Command) -> Iterator[str]:
    for title, rows in command.sections:
        yield from (".PP", f"\\fB{escaped(title)}\\fR")
        for name, told in rows:
            yield from (".TP", f"\\fB{escaped(name)}\\fR", *([_text_line(told)] if told else [""]))


def _list(title: str, rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield f".SH {title}"
    for name, told in rows:
        yield from (".TP", f"\\fB{escaped(name)}\\fR", _text_line(told))


def _text_line(text: str) -> str:
    """A line of text; one that begins with a control character is made an ordinary one."""
    line = escaped(text)
    return f"\\&{line}" if line.startswith((".", "'", " ")) else line


def escaped(text: str) -> str:
    """Text with nothing in it that troff takes for more than text."""
    told = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in told)
