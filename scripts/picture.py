"""The README's picture: two overlays of a demo's results side by side.

Use: .venv/bin/python scripts/picture.py out/demo docs/picture.png
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image


def main(results: Path, target: Path) -> None:
    """Put the L3 overlay and the coronal one beside each other."""
    names = ("axial_L3", "coronal")
    parts = [Image.open(results / "overlays" / f"{name}.png").convert("RGB") for name in names]
    height = min(part.height for part in parts)
    scaled = [part.resize((round(part.width * height / part.height), height)) for part in parts]
    whole = Image.new("RGB", (sum(part.width for part in scaled), height), "white")
    left = 0
    for part in scaled:
        whole.paste(part, (left, 0))
        left += part.width
    whole.save(target, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
