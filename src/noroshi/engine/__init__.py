"""Compiled rule set, matching, correlation, explanation: pure, without clock, file, network or global state."""
