"""Reports: what a scan found, for other programs and for people to hand on.

This room gets alerts and finished texts; words, languages and stories are chosen by the room above it.
"""
