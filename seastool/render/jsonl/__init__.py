"""Records as JSON lines: the form is docs/json.md, `schema_version` counts its changes.

`fields` says what each field looks like, from the tree of a unit; `compiler` makes from the same
declarations functions that write the same text without a tree, and `message` uses them.
"""

SCHEMA_VERSION = 1
