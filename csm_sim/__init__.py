"""Capacity planning for Customer Success teams by simulation."""

__version__ = "0.1.0"
