"""Pages of payments, by noun."""
