"""Frames that come, held against what was expected."""
