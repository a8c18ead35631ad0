"""Public writes of the market."""
