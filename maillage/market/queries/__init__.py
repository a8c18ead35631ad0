"""Public reads of the market, always scoped."""
