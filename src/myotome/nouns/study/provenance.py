"""Where a result comes from, so that it can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Versions, digests and configuration behind one result; holds no identifiers or paths."""

    myotome_version: str
    python_version: str
    platform: str
    packages: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    weights: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    engine: str = ""
    input_sha256: str = ""
    configuration: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    started_utc: str = ""
    stage_seconds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
