"""Where bytes come from: files, folders, archives, standard input."""

from noroshi.intake.inputs import Input, open_inputs
from noroshi.intake.limits import DEFAULT_LIMITS, Limits

__all__ = ["DEFAULT_LIMITS", "Input", "Limits", "open_inputs"]
