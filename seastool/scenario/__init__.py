"""Scenarios: conversations of one side of SEAS as data, and what runs them. Sans-I/O."""
