"""PowerShell, statically: a parser and a bounded evaluator of our own.

`tree-sitter-powershell` 0.26 was tried first: it takes ``1..3|%{…}`` for a command called ``1..3``, lets a
cast swallow the comma after it and fails on ``switch -regex``. Evaluation needs the exact precedence, so the
parser is ours.
"""

from noroshi.examine.powershell.evaluation import evaluate

__all__ = ["evaluate"]
