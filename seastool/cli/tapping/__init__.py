"""What ``seastool tap`` is made of."""
