"""The documentation; `docs.generate` makes its reference pages."""
