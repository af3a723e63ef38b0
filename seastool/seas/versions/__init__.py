"""What changed in which version of which server, for `seas.dialects`."""
