"""JSON strings."""

from json.encoder import encode_basestring_ascii

quote = encode_basestring_ascii
"""A str as a JSON string, in ASCII."""

EMPTY = '""'


def quote_bytes(data: bytes) -> str:
    """Bytes as a JSON string: UTF-8, and bytes that are not UTF-8 as ``\\xNN``."""
    return encode_basestring_ascii(data.decode("utf-8", "backslashreplace"))
