"""Recorded messages of a client made fit to be sent again."""

from seastool.replay.rewriting.credentials import Credentials
from seastool.replay.rewriting.places import Place
from seastool.replay.rewriting.rewriter import Rewriting

__all__ = ["Credentials", "Place", "Rewriting"]
