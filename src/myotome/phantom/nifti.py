"""A phantom as NIfTI: CT, muscle labels and truth, in any axis order and header state."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myotome.errors import InputError
from myotome.phantom.render import Phantom
from myotome.tables.anatomy.muscles import COMPARTMENTS, MUSCLES

_CODES = {"scanner": 1, "aligned": 2, "none": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class NiftiForm:
    """How the files are written.

    ``axes`` are three letters as nibabel's axis codes ("LPS": the first array axis runs to the
    patient's left). ``sform`` and ``qform`` are "scanner", "aligned" or "none"; with both
    "none" a reader has only the voxel sizes to go by. ``pixdim_factor`` makes the voxel sizes of
    the header others than those of the sform (a qform, which takes its sizes from there, is left
    out). ``damaged`` loses bytes in the middle of compressed files.
    """

    axes: str = "RAS"
    sform: str = "scanner"
    qform: str = "scanner"
    compressed: bool = True
    pixdim_factor: float = 1.0
    damaged: bool = False

    def __post_init__(self) -> None:
        pairs = [{"L", "R"}, {"A", "P"}, {"S", "I"}]
        if sorted(next((n for n, p in enumerate(pairs) if c in p), 9) for c in self.axes) != [
            0,
            1,
            2,
        ]:
            raise InputError(f'"{self.axes}" is no axis order.', mend="Use RAS, LPS, PIR ...")
        if not {self.sform, self.qform} <= _CODES.keys():
            raise InputError(f"sform and qform are one of {', '.join(_CODES)}.")


def write_nifti(
    phantom: Phantom, out_dir: Path, *, form: NiftiForm | None = None
) -> tuple[Path, ...]:
    """Write ct, muscles, compartments and truth.json into ``out_dir``; returns the paths."""
    form = form or NiftiForm()
    out_dir.mkdir(parents=True, exist_ok=True)
    ending = "nii.gz" if form.compressed else "nii"
    labels, rooms = phantom.segmentation.labels, phantom.segmentation.compartments
    arrays: list[tuple[str, NDArray[Any]]] = [("ct", phantom.volume.hu), ("muscles", labels)]
    if rooms is not None:
        arrays.append(("compartments", rooms))
    paths = []
    for name, array in arrays:
        path = out_dir / f"{name}.{ending}"
        _save(array, phantom, form, path)
        paths.append(path)
    truth = out_dir / "truth.json"
    truth.write_text(json.dumps(truth_table(phantom), indent=1) + "\n", encoding="utf-8")
    return (*paths, truth)


def _save(array: NDArray[Any], phantom: Phantom, form: NiftiForm, path: Path) -> None:
    import nibabel as nib

    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ phantom.volume.grid.matrix
    picture = nib.Nifti1Image(np.ascontiguousarray(array.transpose(2, 1, 0)), affine)
    turn = nib.orientations.ornt_transform(
        nib.orientations.io_orientation(affine), nib.orientations.axcodes2ornt(tuple(form.axes))
    )
    turned = picture.as_reoriented(turn)
    turned.header.set_xyzt_units("mm")
    # A sheared (tilted) grid cannot be told by a qform: nibabel would drop the shear.
    turned.set_sform(turned.affine, code=_CODES[form.sform])
    turned.set_qform(turned.affine, code=_CODES[form.qform], strip_shears=True)
    if form.pixdim_factor != 1.0:
        turned.set_qform(None, code=0)
        turned.header["pixdim"][1:3] *= form.pixdim_factor
    nib.save(turned, path)
    if form.damaged and form.compressed:
        content = bytearray(path.read_bytes())
        middle = len(content) // 2
        content[middle : middle + 50] = bytes(50)
        path.write_bytes(bytes(content))


def truth_table(phantom: Phantom) -> dict[str, Any]:
    """The truth as plain numbers: mm, ml, cm2; z in LPS mm."""
    truth, anatomy = phantom.truth, phantom.anatomy
    superior, inferior = truth.slab_z_mm
    levels = {
        name: {
            "mid_z_mm": z,
            "superior_z_mm": anatomy.endplates_z_mm(name)[0],
            "inferior_z_mm": anatomy.endplates_z_mm(name)[1],
        }
        for name, z in truth.levels.items()
    }
    return {
        "anatomy": asdict(anatomy),
        "recipe": asdict(phantom.recipe),
        "lung_base_z_mm": truth.lung_base_z_mm,
        "slab": {"superior_z_mm": superior, "inferior_z_mm": inferior},
        "scan": {"superior_z_mm": truth.scan_z_mm[0], "inferior_z_mm": truth.scan_z_mm[1]},
        "levels": levels,
        "volume_ml": truth.volumes_ml,
        "scan_volume_ml": truth.scan_volumes_ml,
        "area_cm2": {
            m.key: {name: truth.area_cm2(m.key, z) for name, z in truth.levels.items()}
            for m in MUSCLES
        },
        "compartment_volume_ml": {
            c.key: truth.compartment_volume_ml(c.key, inferior, superior) for c in COMPARTMENTS
        },
    }
