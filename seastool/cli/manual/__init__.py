"""The manual page, made of the commands as typer has them."""

from seastool.cli.manual.page import write_manual

__all__ = ["write_manual"]
