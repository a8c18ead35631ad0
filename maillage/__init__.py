"""Maillage: one record of work, every figure."""

__version__ = "0.1.0"
