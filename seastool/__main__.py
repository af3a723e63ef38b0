"""``python -m seastool``."""

from seastool.cli.main import main

if __name__ == "__main__":
    main()
