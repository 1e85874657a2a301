"""Excel 4.0 macros (XLM), statically: formulas from BIFF, BIFF12, XML and text, and a bounded evaluator."""

from noroshi.examine.xlm.evaluation import evaluate

__all__ = ["evaluate"]
