"""One replication: a SimPy timeline of what leaders do, and a compiled desk where people work."""
