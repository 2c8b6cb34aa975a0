"""The pictures of a result as files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from myotome.write.pictures.canvas import Picture
from myotome.write.pictures.composition import svg

_ALSO_SVG = frozenset({"quality L3", "composition L3", "quality montage", "composition montage"})


def write_pictures(pictures: Mapping[str, Picture], folder: Path) -> None:
    """Every picture as PNG into the new ``folder``, those to be changed by hand as SVG too."""
    folder.mkdir()
    for role, picture in pictures.items():
        if role != "hero":
            (folder / f"{picture.name}.png").write_bytes(picture.standalone_png())
        if role in _ALSO_SVG:
            (folder / f"{picture.name}.svg").write_text(svg(picture), encoding="utf-8")
