"""What ``seastool doctor`` does, once its options are known."""
