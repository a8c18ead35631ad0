PUBLIC = ("access", "downloads", "imports", "privacy", "second_factor", "text")
"""Modules that contexts above may import, beside those that every context has (docs/contexts.md)."""
