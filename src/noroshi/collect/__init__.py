"""Feeds: what others publish about indicators, fetched, checked and kept with where each feed stands."""
