"""Interop checks on sockets: the stages that `seastool.interop.checks` declares, and a runner."""
