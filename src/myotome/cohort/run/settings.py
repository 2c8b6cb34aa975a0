"""What every worker of a run must know: plain values that travel as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from myotome import __version__
from myotome.nets.model import available, load
from myotome.runtime.config import Configuration
from myotome.write.outputs import Extras

TRAVELLING = (
    "unenhanced_only",
    "backend",
    "mapping",
    "network",
    "allow_gaps",
    "join",
    "visceral_window",
    "reach_slices",
)
"""Fields of the configuration that a cohort may set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The cohort folder, the configuration's fields, threads of each study, and the limits.

    ``keep_results``: whether each study gets a results folder beside its rows. ``timeout_s`` and
    ``memory_mb`` bound one study (None: not at all).
    """

    root: str
    options: Mapping[str, Any] = field(default_factory=dict)
    extras: Mapping[str, Any] = field(default_factory=dict)
    threads: int = 1
    keep_results: bool = True
    timeout_s: float | None = 1800.0
    memory_mb: float | None = None

    def configuration(self, salt: str, **changes: Any) -> Configuration:
        """The configuration of one study. Refuses (InputError) what a single run would refuse."""
        options = {**self.options, **changes}
        return Configuration(
            **options,
            extras=Extras(**self.extras),
            threads=self.threads,
            overwrite=True,
            salt=salt,
        )

    def digest(self) -> str:
        """What the numbers depend on: version, weights and configuration; not limits or threads."""
        network = self.options.get("network")
        told = {
            "version": __version__,
            "weights": {name: load(name).sha256 for name in available()},
            "own": "" if not network else hashlib.sha256(Path(network).read_bytes()).hexdigest(),
            "options": {key: str(value) for key, value in self.options.items() if value},
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def options_of(config: Configuration) -> dict[str, Any]:
    """The fields of a configuration that travel, where they are not as they are by default."""
    usual = Configuration()
    found = {name: getattr(config, name) for name in TRAVELLING}
    return {
        name: str(value) if isinstance(value, Path) else value
        for name, value in found.items()
        if value != getattr(usual, name)
    }
