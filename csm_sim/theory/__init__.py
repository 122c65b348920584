"""Textbook formulas that the simulation is held against and that reports show beside it."""
