"""Rules drafted from a specimen: generalised, with guides and tests, and checked before they are written."""
