"""Indicators and site lists: what a named list holds and how a value is looked up in it."""
