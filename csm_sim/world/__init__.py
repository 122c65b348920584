"""The scenario as arrays: records, calendar, and the one place that joins names to numbers."""
