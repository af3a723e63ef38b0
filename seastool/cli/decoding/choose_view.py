"""Which view the options ask for."""

from __future__ import annotations

from seastool.cli.decoding.list_view import ListView
from seastool.cli.decoding.view import View
from seastool.cli.decoding.wishes import Wishes
from seastool.cli.exits import UsageFault
from seastool.cli.output import coloured, terminal_width
from seastool.render.listing import Listing
from seastool.render.paint import Paint
from seastool.render.times import Clock, TimeStyle


def view_for(wishes: Wishes) -> View:
    """The view. Raises: UsageFault."""
    paint = Paint(coloured(wishes.color))
    view = _plain_view(wishes, paint)
    if not wishes.lint:
        return view
    from seastool.cli.decoding.lint_view import LintView

    return LintView(view, paint, json=wishes.json)


def failed(view: View) -> bool:
    """Whether the view found faults that make the command fail."""
    return bool(getattr(view, "failed", False))


def _plain_view(wishes: Wishes, paint: Paint) -> View:
    clock = Clock(_style(wishes.time))
    if wishes.json:
        from seastool.cli.decoding.json_view import JsonView

        return JsonView()
    if wishes.verbose or wishes.hexdump:
        from seastool.cli.decoding.full_view import FullView

        return FullView(
            clock,
            paint,
            tree=wishes.verbose,
            bytemap=wishes.hexdump,
            captured=not wishes.hex,
        )
    width = terminal_width()
    return ListView(clock, Listing(clock, paint, width), heading=bool(width))


def _style(name: str) -> TimeStyle:
    found = [style for style in TimeStyle if name and style.value.startswith(name.lower())]
    if len(found) != 1:
        raise UsageFault(f"--time {name}: there are {', '.join(TimeStyle)}")
    return found[0]
