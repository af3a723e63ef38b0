"""The command ``seastool replay``: its options, its runs, what it shows."""
