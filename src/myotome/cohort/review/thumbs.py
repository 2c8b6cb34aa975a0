"""Small pictures of a study, made of those in its results folder."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from myotome.cohort.review.state import results_of
from myotome.cohort.store.layout import Layout
from myotome.tables.anatomy.vertebrae import REPORTED

WIDE_PX, HIGH_PX = 300, 240
_MOST_PIXELS = 40_000_000
_MOST_BYTES = 32 << 20
_QUALITY = 62
_MAIN = "L3"
_FOLDER = "overlays"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One picture of a row. ``file`` is its name in the results, with {level} where it has one."""

    key: str
    words: str
    file: str


ROLES = (
    Role(key="muscles", words="muscles", file="axial_{level}.png"),
    Role(key="composition", words="body composition", file="composition_{level}.png"),
    Role(key="levels", words="levels, seen from the side", file="sagittal_levels.png"),
    Role(key="coronal", words="coronal", file="coronal.png"),
)
BY_ROLE = {role.key: role for role in ROLES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumb:
    """A small WebP picture: its bytes, size, and words for who does not see it."""

    data: bytes
    size: tuple[int, int]
    words: str
    file: str

    @property
    def uri(self) -> str:
        """The picture inside a page."""
        return "data:image/webp;base64," + base64.b64encode(self.data).decode("ascii")


def thumb(layout: Layout, study: str, role: Role) -> Thumb | None:
    """The picture of ``role`` at L3, or at the level next to it; None if there is none.

    A file that is no PNG, or larger than any of ours, is none.
    """
    for level, path in _files(layout, study, role):
        image = _opened(path)
        if image is not None:
            small = _small(image)
            stream = io.BytesIO()
            small.save(stream, "WEBP", quality=_QUALITY, method=2)
            where = f" at {level}" if level else ""
            return Thumb(
                data=stream.getvalue(),
                size=small.size,
                words=f"{role.words}{where}",
                file=f"{_FOLDER}/{path.name}",
            )
    return None


def _files(layout: Layout, study: str, role: Role) -> Iterator[tuple[str, Path]]:
    folder = results_of(layout, study)
    if folder is None:
        return
    main = REPORTED.index(_MAIN)
    levels = sorted(REPORTED, key=lambda name: abs(REPORTED.index(name) - main))
    for level in levels if "{level}" in role.file else ("",):
        path = folder / _FOLDER / role.file.format(level=level)
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= _MOST_BYTES:
            yield level, path


def _opened(path: Path) -> Image.Image | None:
    try:
        with Image.open(path, formats=("PNG",)) as image:
            if image.width * image.height > _MOST_PIXELS:
                return None
            return image.convert("RGB")
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError):
        return None


def _small(image: Image.Image) -> Image.Image:
    """Without the white strip of words below, which nobody could read at this size."""
    kept = without_footer(image)
    scale = min(WIDE_PX / kept.width, HIGH_PX / kept.height, 1.0)
    size = max(1, round(kept.width * scale)), max(1, round(kept.height * scale))
    return kept.resize(size, Image.Resampling.LANCZOS)


def without_footer(image: Image.Image) -> Image.Image:
    """The picture above the white strip that ``write.pictures.canvas.with_footer`` adds."""
    edge = np.asarray(image.crop((0, 0, 4, image.height)).convert("L")).min(axis=1)
    dark = np.flatnonzero(edge < 255)
    high = int(dark[-1]) + 1 if len(dark) else image.height
    return image.crop((0, 0, image.width, high))
