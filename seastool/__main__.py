"""``seastool``, and ``python -m seastool``."""

import os
import sys
from contextlib import suppress
from typing import NoReturn

_INTERRUPTED = 130


def main() -> None:
    """Run the command line. Ctrl-C counts from here on, while the rest is imported too."""
    try:
        from seastool.cli.main import main as run

        run()
    except KeyboardInterrupt:
        _end()
    except SystemExit as end:
        if isinstance(end.__context__, KeyboardInterrupt):
            _end()
        raise


def _end() -> NoReturn:
    """End with 130. Where an exec() was interrupted, as dataclasses do while they are imported,
    Python turns an ordinary exit into an end by the signal."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
