"""Interop checks of a live peer: what is checked, and what is told of it. Sans-I/O.

A check is a coroutine on a `Stage`, which `seastool.net.checks` makes of sockets.
"""
