"""What the commands that have live traffic show of it, and write to a file."""
