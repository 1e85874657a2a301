"""One module a kind of specimen; each lists its examiners in ``EXAMINERS``."""
