"""Questions asked of many replications."""
