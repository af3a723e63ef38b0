"""The expression language of ``decode --filter``: text in, a predicate over named fields out."""

from seastool.render.filters.errors import FilterError
from seastool.render.filters.fields import FilterField, FilterKind
from seastool.render.filters.predicate import Predicate, Resolve, compile_filter

__all__ = ["FilterError", "FilterField", "FilterKind", "Predicate", "Resolve", "compile_filter"]
