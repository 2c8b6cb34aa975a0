"""The phantom as one call in words, for the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from myotome.errors import InputError
from myotome.phantom.body.anatomy import Anatomy
from myotome.phantom.dicom.study import write_dicom
from myotome.phantom.faults import faults_named
from myotome.phantom.nifti import NiftiForm, truth_table, write_nifti
from myotome.phantom.render import render


def cli_phantom(  # noqa: PLR0913 - one parameter per command-line option
    out: Path,
    *,
    format: str = "dicom",  # noqa: A002 - the option's name
    spacing_mm: tuple[float, float, float] = (2.5, 0.8, 0.8),
    seed: int | None = None,
    contrast: str = "unenhanced",
    noise_hu: float = 10.0,
    faults: tuple[str, ...] = (),
    axes: str = "RAS",
) -> dict[str, Any]:
    """Write a phantom into ``out`` and say what was written, as JSON-ready plain values.

    ``seed`` None gives the typical adult, a number a random body. DICOM goes to ``out/dicom``
    with the labels of the same acquisition in ``out/labels``; NIfTI straight to ``out``.
    ``faults`` are keys of ``FAULTS`` and need DICOM.
    """
    if format not in ("dicom", "nifti"):
        raise InputError(f'format "{format}" is neither dicom nor nifti.')
    if faults and format != "dicom":
        raise InputError("only a DICOM study can have faults.", mend="Pass format dicom.")
    switches = faults_named(faults)
    anatomy = Anatomy() if seed is None else Anatomy.draw(seed)
    phantom = render(
        anatomy, spacing_mm=spacing_mm, noise_hu=noise_hu, seed=seed or 0, contrast=contrast
    )
    said = {"format": format, "seed": seed, "faults": list(faults), "contrast": contrast}
    if format == "nifti":
        paths = write_nifti(phantom, out, form=NiftiForm(axes=axes))
        files = [p.relative_to(out).as_posix() for p in paths]
        return {**said, "input": "ct.nii.gz", "files": files, "truth": truth_table(phantom)}
    study = write_dicom(phantom, out / "dicom", faults=switches)
    write_nifti(study.acquired, out / "labels")
    table = truth_table(study.acquired)
    text = json.dumps(table, indent=1) + "\n"
    (out / "truth.json").write_text(text, encoding="utf-8")
    files = [f"dicom/{name}" for name in study.files]
    return {**said, "input": "dicom", "files": files, "truth": table}
