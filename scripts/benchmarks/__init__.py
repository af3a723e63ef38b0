"""What scripts/bench runs: a generated capture, the rounds, and the table."""
