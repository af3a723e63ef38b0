"""The client side of recorded calls, played."""

from seastool.replay.playing.options import Playing
from seastool.replay.playing.pace import Load
from seastool.replay.playing.player import Player
from seastool.replay.playing.stage import Ends, Stage

__all__ = ["Ends", "Load", "Player", "Playing", "Stage"]
