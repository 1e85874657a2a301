"""The user's pySigma processing pipelines: YAML files and names of installed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from noroshi.errors import Sentence, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sigma.processing.pipeline import ProcessingPipeline


def read_pipelines(specs: Sequence[str | Path]) -> ProcessingPipeline | None:
    """All pipelines as one, in the order of their priorities; None if there are none.

    Raises:
        UsageError: If one is neither a readable pipeline file nor the name of an installed pipeline.
    """
    if not specs:
        return None
    from sigma.exceptions import SigmaError  # noqa: PLC0415 - plug-in discovery is slow and seldom needed
    from sigma.plugins import InstalledSigmaPlugins  # noqa: PLC0415
    from yaml import YAMLError  # noqa: PLC0415

    try:
        resolver = InstalledSigmaPlugins.autodiscover().get_pipeline_resolver()
        return resolver.resolve([str(spec) for spec in specs])
    except (SigmaError, YAMLError, ValueError, TypeError, KeyError, AttributeError) as error:
        reason = error.args[0] if error.args else error
        raise UsageError(
            Sentence("a processing pipeline cannot be loaded: {reason}", reason=reason)
        ) from error
