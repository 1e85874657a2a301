"""One file a log format; each lists its formats in a module constant ``FORMATS``."""
