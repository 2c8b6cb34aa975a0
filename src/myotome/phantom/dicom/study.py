"""A phantom as a DICOM study on disk, sound or with faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from myotome.errors import OutputError
from myotome.phantom.dicom.extra import Named, extra, head, images, localizer_stack
from myotome.phantom.dicom.headers import with_header_fault
from myotome.phantom.dicom.image import in_syntax
from myotome.phantom.dicom.multiframe import enhanced
from myotome.phantom.dicom.stack import Identity, Stack, stack_of
from myotome.phantom.faults import Faults
from myotome.phantom.render import Phantom, render_recipe

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_BOMB_BYTES = 80 << 20
_RIM_MM = 3.0
"""The full reconstruction circle ends this far inside the image, still beyond the body."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WrittenStudy:
    """What was written. ``acquired`` is the phantom as the scanner of this study saw it.

    Its volume holds what the main series holds before slices were dropped, doubled or broken;
    its truth knows the truncated range. ``files`` are relative to ``folder``.
    """

    folder: Path
    acquired: Phantom
    files: tuple[str, ...]
    faults: Faults


def write_dicom(phantom: Phantom, out_dir: Path, *, faults: Faults | None = None) -> WrittenStudy:
    """Write the phantom as a DICOM study into ``out_dir`` (made if absent, must be empty).

    Tilt, thin slices, a sharp kernel and a shorter range are faults of the acquisition: the
    body is rendered anew for them. Refuses a folder that already holds something.
    """
    faults = faults or Faults()
    out_dir.mkdir(parents=True, exist_ok=True)
    if any(out_dir.iterdir()):
        raise OutputError(
            "the folder for the phantom is not empty.", mend="Name a new or an empty one."
        )
    acquired = acquire(phantom, faults)
    identity = Identity(key=f"{phantom.anatomy}{phantom.recipe}")
    writer = _Writer(out_dir, faults)
    for name, ds in _objects(acquired, identity, faults):
        writer.write(name, ds)
    if faults.second_patient:
        other = Identity(key=identity.key, patient="Phantom2")
        for name, ds in images(other, _main_stack(acquired, faults), "second"):
            writer.write(name, ds)
    writer.finish()
    return WrittenStudy(
        folder=out_dir, acquired=acquired, files=tuple(sorted(writer.files)), faults=faults
    )


def acquire(phantom: Phantom, faults: Faults) -> Phantom:
    """The phantom rendered as the faulty acquisition saw it (itself where nothing differs)."""
    recipe, anatomy = phantom.recipe, phantom.anatomy
    if faults.tilt_deg:
        recipe = replace(recipe, tilt_deg=faults.tilt_deg)
    if faults.thin_mm is not None:
        recipe = replace(recipe, spacing_mm=(faults.thin_mm, *recipe.spacing_mm[1:]))
    if faults.sharp_kernel:
        recipe = replace(recipe, sharpness=1.0)
    superior, inferior = recipe.z_mm or anatomy.scan_z_mm
    top, bottom = anatomy.slab_z_mm
    if faults.truncate_top_mm is not None:
        superior = top - faults.truncate_top_mm
    if faults.truncate_bottom_mm is not None:
        inferior = bottom + faults.truncate_bottom_mm
    if (superior, inferior) != (recipe.z_mm or anatomy.scan_z_mm):
        recipe = replace(recipe, z_mm=(superior, inferior))
    return phantom if recipe == phantom.recipe else render_recipe(anatomy, recipe)


def _objects(acquired: Phantom, identity: Identity, faults: Faults) -> Named:
    """(name, dataset) of everything of the first patient."""
    if faults.only == "head":
        yield from head(identity)
    elif faults.only:
        yield from extra(faults.only, identity, acquired)
    else:
        yield from _main_series(acquired, identity, faults)
    for key in faults.extra_series:
        yield from extra(key, identity, acquired)


def _main_series(acquired: Phantom, identity: Identity, faults: Faults) -> Named:
    stack = _main_stack(acquired, faults)
    if faults.multiframe:
        yield "enhanced", enhanced(identity, stack)
        return
    victims = _victims(stack, faults)
    for index, (name, ds) in enumerate(images(identity, stack, "ct")):
        if index in victims:
            _damage_dataset(ds, victims[index])
        for key in faults.headers:
            with_header_fault(ds, key, index, len(stack.pixels))
        yield f"{name}_{victims[index]}" if index in victims else name, ds
    if faults.phases == 2:
        other = "venous" if acquired.recipe.contrast == "unenhanced" else "unenhanced"
        second = render_recipe(acquired.anatomy, replace(acquired.recipe, contrast=other))
        later = replace(
            _main_stack(second, faults),
            acquisitions=(2,) * len(stack.pixels),
            instances=tuple(n + len(stack.pixels) for n in stack.instances),
        )
        yield from images(identity, later, "ct_phase2")
    if faults.mixed_orientations:
        scout = replace(
            localizer_stack(acquired),
            number=stack.number,
            description=stack.description,
            instances=(len(stack.pixels) + 1,),
        )
        yield from images(identity, scout, "ct_scout")


def _main_stack(acquired: Phantom, faults: Faults) -> Stack:
    """The axial series with the faults of its slices, places and values."""
    stack = stack_of(acquired, number=2, description="ABD PHANTOM")
    stack = replace(stack, stored=faults.stored, contrast_tag=_contrast_tag(stack, faults))
    if faults.order == "feet_first":
        stack = replace(
            stack.take(np.arange(len(stack.pixels))[::-1]),
            patient_position="FFS",
            instances=stack.instances,
        )
    if faults.order == "shuffled":
        rng = np.random.default_rng(acquired.recipe.seed)
        numbers = rng.permutation(len(stack.pixels)) + 1
        stack = replace(stack, instances=tuple(int(n) for n in numbers))
    stack = replace(stack, pixels=_values(stack, faults), outside=_outside(stack, faults))
    return stack.take(_kept(acquired, stack, faults))


def _values(stack: Stack, faults: Faults) -> NDArray[np.int16]:
    """The values as they came out: on another scale, or foreign in one slice."""
    hu = stack.pixels.astype(np.float32) * faults.hu_slope + faults.hu_offset
    middle, count = len(hu) // 2, len(hu)
    if faults.foreign_slice == "elsewhere":
        hu[middle] = hu[(middle + count // 3) % count]
    elif faults.foreign_slice == "shifted":
        hu[middle] = np.roll(hu[middle], round(60.0 / stack.pixel_mm[1]), axis=1)
    elif faults.foreign_slice == "blank":
        hu[middle] = -1024.0
    elif faults.foreign_slice == "brighter":
        hu[middle] += 100.0
    return np.asarray(np.clip(np.rint(hu), -1024, 32767), dtype=np.int16)


def _contrast_tag(stack: Stack, faults: Faults) -> str:
    tags = {"true": stack.contrast_tag, "absent": "", "enhanced": "Iodinated contrast agent"}
    return tags[faults.contrast_tags]


def _outside(stack: Stack, faults: Faults) -> NDArray[np.bool_] | None:
    """Pixels outside the reconstruction circle, True, or None if the image is full."""
    if faults.fov_radius_mm is None and not faults.padding:
        return None
    rows, columns = stack.pixels.shape[1:]
    full = min(rows * stack.pixel_mm[0], columns * stack.pixel_mm[1]) / 2
    radius = faults.fov_radius_mm or full - _RIM_MM
    y = (np.arange(rows) - (rows - 1) / 2) * stack.pixel_mm[0]
    x = (np.arange(columns) - (columns - 1) / 2) * stack.pixel_mm[1]
    return np.asarray(y[:, None] ** 2 + x[None, :] ** 2 > radius**2)


def _kept(acquired: Phantom, stack: Stack, faults: Faults) -> NDArray[np.int64]:
    """Which images are written, in which order; doubled ones twice."""
    count = len(stack.pixels)
    middle_z = sum(acquired.truth.slab_z_mm) / 2
    middle = int(np.argmin(np.abs(stack.positions_mm[:, 2] - middle_z)))
    kept = np.arange(count)
    if faults.single_slice:
        return kept[middle : middle + 1]
    if faults.missing_slices:
        gap = np.arange(middle, middle + faults.missing_slices)
        kept = kept[~np.isin(kept, gap)]
    if faults.variable_spacing:
        low = stack.positions_mm[kept, 2] < middle_z
        kept = kept[~low | (np.cumsum(low) % 2 == 1)]
    if faults.duplicate_slices:
        twice = np.linspace(0, kept.size - 1, faults.duplicate_slices + 2).astype(np.int64)[1:-1]
        kept = np.concatenate([kept, kept[twice]])
    return kept


def _victims(stack: Stack, faults: Faults) -> dict[int, str]:
    """Slice index -> what is broken about it, spread over the middle of the series."""
    count = len(stack.pixels)
    places = np.linspace(0.4, 0.7, max(len(faults.broken), 2)) * count
    return {int(p): kind for p, kind in zip(places, faults.broken, strict=False)}


def _damage_dataset(ds: Dataset, kind: str) -> None:
    if kind == "no_pixels":
        del ds.PixelData
    elif kind == "short_pixels":
        ds.PixelData = ds.PixelData[: len(ds.PixelData) // 4 * 2]
    elif kind == "long_pixels":
        ds.PixelData = ds.PixelData + bytes(1000)
    elif kind == "bomb":
        ds.add_new((0x0009, 0x0010), "LO", "MYOTOME")
        ds.add_new((0x0009, 0x1001), "OB", bytes(_BOMB_BYTES))


class _Writer:
    """Names files, encodes datasets and adds what is wrong on the level of files."""

    def __init__(self, folder: Path, faults: Faults) -> None:
        self.folder, self.faults = folder, faults
        self.files: list[str] = []
        self.datasets: list[Path] = []

    def write(self, name: str, ds: Dataset) -> None:
        """Write one dataset under ``name``."""
        path = self._path(name)
        if self.faults.stripped_uids:
            for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
                setattr(ds, keyword, "")
            ds.SeriesNumber = None
        if not name.endswith(("short_pixels", "long_pixels")):
            ds = in_syntax(ds, "deflated" if name.endswith("_bomb") else self.faults.syntax)
        path.parent.mkdir(parents=True, exist_ok=True)
        ds.save_as(path, enforce_file_format=True)
        if name.endswith("_truncated"):
            content = path.read_bytes()
            path.write_bytes(content[: len(content) // 2])
        elif name.endswith("_corrupt"):
            _overwrite(path)
        self._note(path)
        self.datasets.append(path)

    def _path(self, name: str) -> Path:
        folder = self.folder
        if self.faults.dicomdir:
            # File ids of a DICOMDIR: at most 8 characters of A-Z, 0-9 and _ (PS3.10, 8.2).
            return folder / "DICOM" / f"IM{len(self.datasets) + 1:06d}"
        if self.faults.nested:
            folder = folder / "study" / name.partition("_")[0] / f"part{len(self.datasets) % 3}"
        return folder / (f"{name}.dcm" if self.faults.extension else name)

    def _note(self, path: Path) -> None:
        self.files.append(path.relative_to(self.folder).as_posix())

    def finish(self) -> None:
        """Add clutter, the empty file and the DICOMDIR."""
        if self.faults.clutter:
            for name, content in _CLUTTER.items():
                self._add(name, content)
        if self.faults.empty_file:
            self._add("empty.dcm", b"")
        if self.faults.dicomdir:
            self._dicomdir()

    def _add(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self._note(path)

    def _dicomdir(self) -> None:
        from pydicom.fileset import FileSet

        index = FileSet()
        for path in self.datasets:
            index.add(path)
        # pydicom leaves its staging folders to the garbage collector, which warns of them.
        staging = index._stage["t"]
        index.write(self.folder / "media")
        staging.cleanup()
        index._stage["t"].cleanup()
        for path in self.datasets:
            path.unlink()
        (self.folder / "DICOM").rmdir()
        written = (p for p in (self.folder / "media").rglob("*") if p.is_file())
        self.files = [p for p in self.files if not p.startswith("DICOM/")]
        for path in written:
            self._note(path)


_CLUTTER = {
    "README.txt": b"burned by the phantom\n",
    "Thumbs.db": bytes(range(256)) * 4,
    "viewer/autorun.inf": b"[autorun]\nopen=viewer.exe\n",
    "viewer/viewer.exe": b"MZ" + bytes(512),
    "report.pdf": b"%PDF-1.4\n%%EOF\n",
    "notes.dcm": b"this is a text file with the wrong name\n",
    ".hidden": b"",
}


def _overwrite(path: Path) -> None:
    """Overwrite the bytes after the preamble and in the middle: no element can be parsed."""
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(len(content))
    end = min(len(content), 1200)
    content[132:end] = rng.integers(0, 256, end - 132, dtype=np.uint8).tobytes()
    path.write_bytes(bytes(content))


def iter_files(written: WrittenStudy) -> Iterator[Path]:
    """Full paths of everything written."""
    return (written.folder / name for name in written.files)
