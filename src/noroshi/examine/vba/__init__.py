"""VBA, statically: a parser and a bounded evaluator of our own; VBScript's statements are a part of it."""

from noroshi.examine.vba.evaluation import evaluate

__all__ = ["evaluate"]
