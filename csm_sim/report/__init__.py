"""Reports, all made from one summary: terminal, figures, tables, run folder."""
