"""Public reads of the ledger."""
