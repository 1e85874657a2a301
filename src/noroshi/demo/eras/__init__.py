"""Emotet through the years: one small scene for each era, on one machine of the day's company.

Shapes after public reports, values made up: reserved names and addresses, invented hashes. Every scene
happens on the demo's day, whatever year its shape is from, so that leases, logons and mailboxes fit.
"""

from noroshi.demo.eras.day import write_era_day
from noroshi.demo.eras.facts import CHANGES, ERAS, Facts, facts_of
from noroshi.demo.eras.scene import write_changed, write_era

__all__ = ["CHANGES", "ERAS", "Facts", "facts_of", "write_changed", "write_era", "write_era_day"]
