"""Compiled rule set, matching, correlation, explanation: no clock, file, network or global state."""
