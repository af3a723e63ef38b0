"""A command whose ``--help`` shows its options by groups."""

from __future__ import annotations

from typing import Any, Final

from typer.core import TyperCommand

FAULTS: Final = {"Faults on purpose": "fault seed"}
SHOWING: Final = {
    "What it shows": "verbose hexdump as_json json quiet lint filter time color show_all write"
}


def grouped(*groups: dict[str, str]) -> type[TyperCommand]:
    """A command class for groups: title to the names of parameters, in the order to show.

    Options that no group names come last.
    """
    known = {title: names.split() for group in groups for title, names in group.items()}
    titles = {name: title for title, names in known.items() for name in names}

    class GroupedCommand(TyperCommand):
        def format_options(self, ctx: Any, formatter: Any) -> None:
            sections: dict[str, list[tuple[str, str]]] = {
                title: [] for title in ("Arguments", *known, "Options")
            }
            for parameter in self.get_params(ctx):
                record = parameter.get_help_record(ctx)
                if record is None:
                    continue
                if parameter.param_type_name == "argument":
                    name = record[0].partition(" <")[0]  # that it is a text goes without saying
                    sections["Arguments"].append((name, record[1]))
                else:
                    sections[titles.get(parameter.name or "", "Options")].append(record)
            for title, records in sections.items():
                if records:
                    with formatter.section(title):
                        formatter.write_dl(records)

    return GroupedCommand
