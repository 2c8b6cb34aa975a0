"""The networks of one run, loaded once and remembered when used."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from myotome.errors import MyotomeError, WeightsError
from myotome.nets.channels import Channels
from myotome.nets.infer import Engine
from myotome.nets.model import Model, load, load_own
from myotome.tables.architectures import ARCHITECTURE

OWN = "muscles"
"""The network that a user's own takes the place of."""

_TRIED = (4, 3, 32, 48)


class Nets:
    """The networks: each verified and loaded once, and remembered when used.

    ``own`` is a user's file in the place of the bundled muscle network. Refuses (WeightsError)
    it at once by its card, digest and channels; whether it runs shows at its use.
    """

    def __init__(self, threads: int, own: Path | None = None) -> None:
        self._threads = threads
        self._own = None if own is None else load_own(own)
        if self._own is not None:
            Channels.of(self._own.heads, self._own.name)
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
        if name == OWN and self._own is not None:
            return tried(self._own, self._threads)
        return Engine(load(name), threads=self._threads)

    @property
    def has_own(self) -> bool:
        """Whether a user's network stands in the place of the bundled one."""
        return self._own is not None

    @property
    def description(self) -> str:
        """Engine, version and precision of the networks used so far; empty if none was."""
        return ", ".join(sorted({engine.description for engine in self._used.values()}))

    @property
    def weights(self) -> dict[str, str]:
        """SHA-256 of the networks used so far, by name and version."""
        models = [engine.model for engine in self._used.values()]
        return {f"{model.name} {model.version}": model.sha256 for model in models}


def tried(model: Model, threads: int) -> Engine:
    """The engine of a user's network, after it has answered once.

    Refuses (WeightsError) a file that the engine cannot read, and answers of another size than
    its card says or that are no numbers.
    """
    row = ARCHITECTURE.get(str(model.card.get("network")))
    precision = "fp32" if row is None else row.precision
    try:
        engine = Engine(model, threads=threads, precision=precision)
        found = engine(np.zeros(_TRIED, np.float32))
    except MyotomeError:
        raise
    except Exception as error:
        raise WeightsError(
            f'network "{model.name}" cannot be run.',
            why="Its file is no network that this engine reads, or it takes another input.",
            mend="Export it with `myotome export`.",
        ) from error
    count = Channels.of(model.heads, model.name).count
    if found.shape != (_TRIED[0], count, *_TRIED[2:]) or not np.isfinite(found).all():
        raise WeightsError(
            f'network "{model.name}" does not answer as its card says.',
            why=f"Wanted {count} numbers per pixel, the classes of its heads.",
            mend="Name every channel of the network on its card, or export it again.",
        )
    return engine
