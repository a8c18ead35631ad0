"""Public writes of the directory."""
