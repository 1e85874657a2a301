"""Packet captures: packets, segments, streams, and what is said in them; `formats/pcap.py` has the events."""
