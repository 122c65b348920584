"""The command line: each command parses, calls one function and renders."""

from csm_sim.cli.group import main

__all__ = ["main"]
