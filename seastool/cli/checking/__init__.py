"""What ``seastool check`` is made of."""
