"""JavaScript and JScript, statically: tree-sitter's grammar and a bounded evaluator of our own."""

from noroshi.examine.javascript.evaluation import evaluate

__all__ = ["evaluate"]
