"""Calls at a rate, timers, counts: the run of a scenario."""
