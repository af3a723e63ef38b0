"""The command ``seastool stats``, once its options are known."""
