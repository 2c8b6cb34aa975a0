"""Where a result comes from: versions, digests and seconds, gathered while a run goes on."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from myotome import __version__
from myotome.nets.infer import cpu_has_bf16
from myotome.nets.loader import Nets
from myotome.nets.model import available, load
from myotome.nouns.study.provenance import Provenance
from myotome.nouns.study.pseudonym import pseudonym
from myotome.nouns.study.result import StudyResult
from myotome.nouns.study.series import Series
from myotome.runtime.config import Configuration
from myotome.runtime.progress import Stopwatch
from myotome.segment.backends import BACKENDS
from myotome.tables.plugins import Broken, Extensible
from myotome.write.contents import OUTPUTS

PACKAGES = (
    "numpy",
    "scipy",
    "pydicom",
    "pylibjpeg",
    "nibabel",
    "onnxruntime",
    "openvino",
    "connected-components-3d",
    "fill-voids",
    "TotalSegmentator",
)


def file_digest(path: Path) -> str:
    """SHA-256 of one file, as hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def input_digest(paths: Iterable[Path]) -> str:
    """SHA-256 over the sorted SHA-256s of the files: the same for any names and any order."""
    digests = sorted(file_digest(path) for path in set(paths))
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def package_versions() -> dict[str, str]:
    """The installed versions of the libraries that can change a number."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def provenance(
    config: Configuration, watch: Stopwatch, input_sha256: str, nets: Nets
) -> Provenance:
    """The provenance of a result so far. Holds no paths and no identifiers."""
    return Provenance(
        myotome_version=__version__,
        python_version=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        packages=MappingProxyType(package_versions()),
        weights=MappingProxyType(nets.weights),
        engine=nets.description,
        input_sha256=input_sha256,
        configuration=MappingProxyType(config.record()),
        started_utc=watch.started_utc,
        stage_seconds=MappingProxyType(dict(watch.seconds)),
    )


def keyed(result: StudyResult, series: Series, *, salt: str) -> StudyResult:
    """``result`` with the pseudonyms of its study and subject, those of ``series``.

    A study without a UID, as every NIfTI file, is known by the digest of its input.
    """
    study = series.study_key or pseudonym("study", result.provenance.input_sha256, salt)
    return replace(result, study_key=study, subject_key=series.subject_key)


def installation() -> dict[str, Any]:
    """What this installation can do: versions, engine, weights with their cards, backends."""
    models = [load(name) for name in available()]
    return {
        "version": __version__,
        "python": platform.python_version(),
        "engine": "openvino" if find_spec("openvino") else "onnxruntime",
        "cpu_bf16": cpu_has_bf16(),
        "packages": package_versions(),
        "weights": {
            model.name: {"version": model.version, "sha256": model.sha256, "card": dict(model.card)}
            for model in models
        },
        "backends": _offers(BACKENDS),
        "outputs": _offers(OUTPUTS),
    }


def _offers(table: Extensible[Any]) -> dict[str, Any]:
    """What a table offers here, by key; of a plug-in that cannot be used, why.

    Plug-ins are loaded to tell. One that wants a key of ours stands under its package too.
    """
    rows = [*table.own.values(), *table.plugins()]
    offers: dict[str, Any] = {}
    for row in rows:
        if not isinstance(row, Broken):
            missing = list(row.missing)
            offers[row.key] = {
                "usable": not missing,
                "words": row.words,
                "syntax": row.syntax,
                "missing": missing,
            }
        else:
            key = f"{row.key} of {row.package}" if row.key in offers else row.key
            offers[key] = {"usable": False, "words": str(row)}
    return offers
