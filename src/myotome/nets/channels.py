"""Which channel of a network is what: read by the names on its card, not by their places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from myotome.errors import WeightsError
from myotome.nets.model import CLASSES, Heads

Float32 = NDArray[np.float32]

MUSCLE_HEAD, ROOM_HEAD = "muscles", "compartments"
_NEVER = np.float32(-1e9)
"""The logit of a class that the network does not have: it wins nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """From the channels of one network to the classes of its heads in the order of ``CLASSES``.

    ``sources`` are, for each of our classes, the channels that say it: one, several that are
    added up (as "background" where a network never learnt a muscle), or none. ``count`` is how
    many channels the network has, ``missing`` the keys of the muscles that it cannot give.
    """

    sources: tuple[tuple[int, ...], ...]
    count: int
    missing: tuple[str, ...]

    @classmethod
    def of(cls, heads: Heads, name: str) -> Self:
        """The channels of the network ``name``, by the heads on its card.

        Refuses (WeightsError) an unknown head or class, a network without any muscle, and one
        with some of the compartments: what it left out would be taken for something else.
        """
        _refuse_unknown(heads, name)
        wanted = [(MUSCLE_HEAD, CLASSES[MUSCLE_HEAD])]
        if set(heads.get(ROOM_HEAD, ())) - {CLASSES[ROOM_HEAD][0]}:  # else never learnt
            wanted.append((ROOM_HEAD, CLASSES[ROOM_HEAD]))
        places = [(head, one) for head, classes in heads.items() for one in classes]
        sources = tuple(
            tuple(n for n, place in enumerate(places) if place == (head, one))
            for head, classes in wanted
            for one in classes
        )
        muscles = CLASSES[MUSCLE_HEAD]
        missing = tuple(m for m, found in zip(muscles, sources, strict=False) if not found)
        if muscles[0] in missing or len(missing) >= len(muscles) - 1:
            raise _refused(name, "names no muscle, or no background")
        if not all(sources[len(muscles) :]):
            raise _refused(name, "names only some of the compartments")
        return cls(sources=sources, count=len(places), missing=missing)

    @property
    def usual(self) -> bool:
        """Whether the channels are in our order already."""
        return self.sources == tuple((n,) for n in range(self.count))

    def reading(self, network: Callable[[Float32], Float32]) -> Callable[[Float32], Float32]:
        """``network`` with its logits in the order of our classes, ``(n, 13 or 19, j, i)``."""
        return network if self.usual else lambda batch: self.arranged(network(batch))

    def arranged(self, logits: Float32) -> Float32:
        """Logits ``(n, count, ...)`` of the network as those of our classes."""
        out = np.full((len(logits), len(self.sources), *logits.shape[2:]), _NEVER, np.float32)
        for place, channels in enumerate(self.sources):
            if channels:
                out[:, place] = np.logaddexp.reduce(logits[:, list(channels)], axis=1)
        return out


def _refuse_unknown(heads: Mapping[str, tuple[str, ...]], name: str) -> None:
    known = {head: CLASSES[head] for head in (MUSCLE_HEAD, ROOM_HEAD)}
    wrong = sorted(
        {*(set(heads) - set(known))}
        | {one for head in known for one in heads.get(head, ()) if one not in known[head]}
    )
    if MUSCLE_HEAD not in heads or wrong:
        told = ", ".join(words[:40] for words in wrong[:6]) or f'no head "{MUSCLE_HEAD}"'
        raise _refused(name, f"holds what Myotome cannot read: {told}")


def _refused(name: str, words: str) -> WeightsError:
    return WeightsError(
        f'the card of network "{name}" {words}.',
        why="The channels of a network are read by the names on its card.",
        mend="Name every channel of its heads: a muscle's key, a compartment's, or background.",
    )
