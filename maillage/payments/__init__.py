PUBLIC = ("methods", "references")
"""Modules that contexts above may import, beside those that every context has (docs/contexts.md)."""
