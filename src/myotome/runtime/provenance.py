"""Where a result comes from: versions, digests and seconds, gathered while a run goes on."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from myotome import __version__
from myotome.nets.infer import Engine, cpu_has_bf16
from myotome.nets.model import available, load
from myotome.nouns.provenance import Provenance
from myotome.runtime.config import Configuration

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


class Listener(Protocol):
    """Hears of every stage twice: at its start (``seconds`` None) and at its end."""

    def __call__(self, stage: str, words: str, seconds: float | None) -> None:
        """``words`` say what the stage did; empty at its start."""


def silent(stage: str, words: str, seconds: float | None) -> None:
    """Listen to nothing."""


@dataclass(slots=True)
class Stopwatch:
    """Seconds per stage of one run, told to a listener as they pass."""

    listen: Listener
    started_utc: str = field(default_factory=lambda: datetime.now(UTC).isoformat("T", "seconds"))
    seconds: dict[str, float] = field(default_factory=dict)

    def split(self) -> Stopwatch:
        """A stopwatch for one series, which starts with the seconds taken so far."""
        return replace(self, seconds=dict(self.seconds))

    @contextmanager
    def stage(self, name: str) -> Iterator[list[str]]:
        """Time a stage. Its words may be appended to the list that this yields."""
        words: list[str] = []
        self.listen(name, "", None)
        start = time.perf_counter()
        yield words
        took = time.perf_counter() - start
        self.seconds[name] = round(self.seconds.get(name, 0.0) + took, 3)
        self.listen(name, " ".join(words), took)


class Nets:
    """The bundled networks: each verified and loaded once, and remembered when used."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(1)
        self._coming: dict[str, Future[Engine]] = {}
        self._used: dict[str, Engine] = {}

    def fetch(self, *names: str) -> None:
        """Begin to load networks beside whatever else goes on; faults show at their use."""
        for name in names:
            if name not in self._coming:
                self._coming[name] = self._pool.submit(self._load, name)

    def __call__(self, name: str) -> Engine:
        """The engine of network ``name``, waited for if it is still coming."""
        self.fetch(name)
        self._used[name] = self._coming[name].result()
        return self._used[name]

    def _load(self, name: str) -> Engine:
        return Engine(load(name), threads=self._threads)

    @property
    def description(self) -> str:
        """Engine, version and precision of the networks used so far; empty if none was."""
        return ", ".join(sorted({engine.description for engine in self._used.values()}))

    @property
    def weights(self) -> dict[str, str]:
        """SHA-256 of the networks used so far, by name and version."""
        models = [engine.model for engine in self._used.values()]
        return {f"{model.name} {model.version}": model.sha256 for model in models}


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
    *, config: Configuration, watch: Stopwatch, input_sha256: str, nets: Nets
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


def installation() -> dict[str, Any]:
    """What this installation can do: versions, engine, weights with their cards, backends."""
    has = {name: find_spec(name) is not None for name in ("openvino", "totalsegmentator")}
    models = [load(name) for name in available()]
    return {
        "version": __version__,
        "python": platform.python_version(),
        "engine": "openvino" if has["openvino"] else "onnxruntime",
        "cpu_bf16": cpu_has_bf16(),
        "packages": package_versions(),
        "weights": {
            model.name: {"version": model.version, "sha256": model.sha256, "card": dict(model.card)}
            for model in models
        },
        "backends": {
            "bundled": bool(models),
            "labels": True,
            "totalsegmentator": has["totalsegmentator"],
        },
    }
