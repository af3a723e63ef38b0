"""A capture made into a scenario that can be edited, for one of the two sides."""
