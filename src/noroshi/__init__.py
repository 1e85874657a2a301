"""Noroshi: the detection side of a security operations centre."""

__version__ = "0.1.0"
