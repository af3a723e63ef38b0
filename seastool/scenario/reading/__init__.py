"""A scenario file up to its model: YAML with places, strict types, what is wrong where."""
