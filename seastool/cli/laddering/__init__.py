"""The command ``seastool ladder``, once its options are known."""
