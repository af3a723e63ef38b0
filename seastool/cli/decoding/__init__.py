"""What ``seastool decode`` is made of."""
