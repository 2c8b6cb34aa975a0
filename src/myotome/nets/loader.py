"""The bundled networks, loaded once and remembered when used."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from myotome.nets.infer import Engine
from myotome.nets.model import load


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
