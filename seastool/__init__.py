"""SEAS toolkit: decode, encode and check the protocol between a SIP proxy and its application server."""

__version__ = "0.1.0"
