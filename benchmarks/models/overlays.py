"""Every fourth slice of a CT with the outlines found and the reference's, on one sheet."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.models.scans import Trial, WholePath
from myotome.evaluate.scores.maps import read_map
from myotome.evaluate.scores.regions import MUSCLE_SET
from myotome.nouns.study.result import StudyResult
from myotome.segment.bundled.predict import body_box
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES
from myotome.write.pictures.canvas import (
    INK,
    PAPER,
    Frame,
    Rgb,
    blended,
    edges,
    font,
    resized,
    resized_labels,
    say,
    scale_bar,
    sides,
    windowed,
)

STEP = 4
PANEL_PX = 560
COLUMNS = 3
MOST_BYTES = 600_000
_STRIP_PX = 74
_DASH_PX = 6
_REFERENCE = (255, 255, 255)

Labels = NDArray[np.uint8]


def sheets(trials: Sequence[Trial], out: Path, threads: int) -> list[Path]:
    """One JPEG per trial in ``out``, each below ``MOST_BYTES``."""
    path = WholePath(threads)
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for trial in trials:
        print(f"... {trial.name}: overlays", file=sys.stderr, flush=True)
        result = path(trial.case / "ct.nii.gz", trial.engine)
        image = sheet(result, reference_of(trial.case, result), _title(trial, result))
        target = out / f"{trial.name}.jpg"
        target.write_bytes(compressed(image))
        written.append(target)
    return written


def _title(trial: Trial, result: StudyResult) -> str:
    seen = "did not learn from" if trial.unseen else "learnt from"
    dk, dj, _ = result.volume.grid.spacing_mm
    return f"{trial.name}: {dj:.2g} mm pixels, {dk:.2g} mm slices; a CT that the network {seen}"


def reference_of(case: Path, result: StudyResult) -> Labels | None:
    """The reference on the result's grid; None if there is none."""
    path = case / "muscles.nii.gz"
    if not path.is_file():
        return None
    found = read_map(path, MUSCLE_SET, f"the reference of {case.name}", is_reference=True)
    return found.labels if found.grid.matches(result.volume.grid, tolerance_mm=0.1) else None


def sheet(result: StudyResult, reference: Labels | None, title: str) -> Image.Image:
    """Panels from head to foot, as radiology looks: image left is the patient's right."""
    volume, (start, stop) = result.volume, result.segmentation.k_range
    _, dj, di = volume.grid.spacing_mm
    rows, columns = body_box(volume.hu[start:stop], (dj, di))
    box = (columns.start, rows.start, columns.stop, rows.stop)
    frame = Frame.fitting(box, (di, dj), PANEL_PX)
    shown = list(range(stop - 1, start - 1, -STEP))
    lines = -(-len(shown) // COLUMNS)
    wide, high = COLUMNS * PANEL_PX, lines * frame.size[1] + _STRIP_PX
    image = Image.new("RGB", (wide, high), PAPER)
    _legend(image, title, reference is not None)
    for place, k in enumerate(shown):
        line, column = divmod(place, COLUMNS)
        panel = _panel(result, reference, k, frame)
        image.paste(panel, (column * PANEL_PX, _STRIP_PX + line * frame.size[1]))
    return image


def _panel(result: StudyResult, reference: Labels | None, k: int, frame: Frame) -> Image.Image:
    found = resized_labels(result.segmentation.labels[k], frame)
    gray = resized(windowed(result.volume.hu[k]), frame)
    pixels = blended(gray, found, {m.value: _bright(m.colour) for m in MUSCLES}, fill=0.2)
    if reference is not None and reference[k].any():
        rim = edges(resized_labels(reference[k], frame))
        y, x = np.indices(rim.shape)
        pixels[rim & (((x + y) // _DASH_PX) % 2 == 0)] = _REFERENCE
    panel = Image.fromarray(pixels)
    draw = ImageDraw.Draw(panel)
    z = f"{result.volume.grid.slice_z_mm(k):.0f}"
    say(draw, (8, 6), f"z {z} mm{_level(result, k)}", size=17)
    if reference is not None and not reference[k].any():
        say(draw, (8, 28), "no reference here", size=14)
    sides(draw, frame.size)
    scale_bar(draw, frame)
    return panel


def _level(result: StudyResult, k: int) -> str:
    """The vertebra whose middle is nearest, if this slice lies in its body."""
    z = result.volume.grid.slice_z_mm(k)
    mids = {
        abs(level.mid_z_mm - z): name
        for name, level in result.landmarks.levels.items()
        if level.mid_z_mm is not None
    }
    return f", {mids[min(mids)]}" if mids and min(mids) < 14 else ""


def _bright(colour: Rgb) -> Rgb:
    """The same hue as bright as can be: outlines must stand out from gray."""
    r, g, b = (round(c * 255 / max(colour)) for c in colour)
    return (r, g, b)


def _legend(image: Image.Image, title: str, has_reference: bool) -> None:
    draw = ImageDraw.Draw(image)
    draw.text((12, 8), title, fill=INK, font=font(22))
    x = 12.0
    for group in GROUPS:
        draw.rectangle([x, 46, x + 14, 60], fill=_bright(group.colour))
        draw.text((x + 20, 43), group.words, fill=INK, font=font(17))
        x += font(17).getlength(group.words) + 44
    end = "dashed white: reference" if has_reference else "no reference exists"
    draw.text((x, 43), f"colour: found; {end}", fill=INK, font=font(17))


def compressed(image: Image.Image) -> bytes:
    """JPEG of the best quality that stays below ``MOST_BYTES``."""
    for quality in (88, 82, 76, 70, 64, 58, 50, 40):
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=quality, optimize=True, progressive=True)
        if stream.tell() <= MOST_BYTES:
            break
    return stream.getvalue()
