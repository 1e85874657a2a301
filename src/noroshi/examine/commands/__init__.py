"""Windows command lines, taken apart as Windows does; nothing is started."""
