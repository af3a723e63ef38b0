"""From the model of a file to operations."""
