"""How studies are measured, and the digest that says whether two were measured alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from myotome import __version__
from myotome.nets.model import available, load
from myotome.runtime.config import Configuration
from myotome.runtime.provenance import file_digest
from myotome.service.queue.job import digest
from myotome.service.settings.node import Work
from myotome.write.outputs import Extras


def choices(work: Work) -> dict[str, Any]:
    """The choices of ``[work]`` that a result depends on, and the threads."""
    return {
        "backend": work.backend,
        "network": work.network,
        "unenhanced_only": work.unenhanced_only,
        "allow_gaps": work.allow_gaps,
        "dicom": work.dicom,
        "threads": work.threads,
    }


def configuration(chosen: Mapping[str, Any], salt: str) -> Configuration:
    """The configuration of a run from :func:`choices`. Refuses as Configuration does."""
    told = dict(chosen)
    extras = Extras(dicom=told.pop("dicom"))
    network = told.pop("network") or None
    return Configuration(extras=extras, network=network, salt=salt, **told)


def measured_with(work: Work, salt: str) -> str:
    """Digest of version, weights and configuration. The number of threads changes no result."""
    config = configuration(choices(work), salt)
    config.extras.require()
    record = {key: value for key, value in config.record().items() if key != "threads"}
    weights = {name: load(name).sha256 for name in available()}
    if config.network is not None:
        from pathlib import Path

        weights["own"] = file_digest(Path(config.network))
    return digest(version=__version__, weights=weights, configuration=record)
