"""What is to be rendered, and what of it is there already."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """``variants`` renderings of each case into the folder ``out``, drawn from ``seed``."""

    out: Path
    seed: int
    variants: int

    def done(self, title: str) -> int:
        """How many variants of the case ``title`` are there, counted from the first."""
        number = 0
        while number < self.variants and (self.out / f"{variant(title, number)}.npz").is_file():
            number += 1
        return number


def variant(title: str, number: int) -> str:
    """The name of a rendering of the case ``title``."""
    return f"{title}~render{number}"
