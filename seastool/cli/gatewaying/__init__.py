"""What ``seastool gateway`` is made of."""
