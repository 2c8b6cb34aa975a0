"""Labels back on the grid the CT came in, as NIfTI."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.space.grid import Grid
from myotome.tables.anatomy.muscles import COMPARTMENTS, MUSCLES
from myotome.voxels.planes import planes_on

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_INTENT_LABEL = 1002
_GZIP = 16 + zlib.MAX_WBITS
_COUNTS = {"muscles": len(MUSCLES), "compartments": len(COMPARTMENTS)}

Labels = NDArray[np.uint8]


def write_labels(
    labels: Labels, grid: Grid, source: Grid, path: Path, *, kind: str = "muscles"
) -> None:
    """``segmentation.nii.gz``: uint8 labels on ``source``, RAS affine in sform and qform.

    ``kind`` is "muscles" or "compartments" and named in the header. A sheared grid (gantry
    tilt) is given by the sform alone, which is all NIfTI can do.
    """
    # runs alone make half the bytes that level 1 makes of labels, in the same time
    squeezed = zlib.compressobj(1, zlib.DEFLATED, _GZIP, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    with path.open("wb") as stream:
        stream.write(squeezed.compress(_header(source, kind) + b"\0\0\0\0"))
        for plane in planes_on(source, labels, grid):
            stream.write(squeezed.compress(np.ascontiguousarray(plane).data))
        stream.write(squeezed.flush())


def _header(source: Grid, kind: str) -> bytes:
    import nibabel

    header = nibabel.Nifti1Header()
    header.set_data_dtype(np.uint8)
    header.set_data_shape(source.shape[::-1])
    affine = _LPS_TO_RAS @ source.matrix
    header.set_sform(affine, code=1)
    axes = source.direction
    if np.abs(axes.T @ axes - np.eye(3)).max() < 1e-4:
        header.set_qform(affine, code=1)
    else:
        header["pixdim"][1:4] = source.spacing_mm[::-1]
    header.set_xyzt_units("mm")
    header["intent_code"] = _INTENT_LABEL
    header["intent_name"] = kind.encode("ascii")
    header["cal_max"] = _COUNTS[kind]
    header["descrip"] = f"Myotome {kind} labels; research use only".encode("ascii")
    header["vox_offset"] = 352
    header["scl_slope"], header["scl_inter"] = 1.0, 0.0
    header["magic"] = b"n+1"
    return bytes(header.binaryblock)


def label_rows() -> list[dict[str, object]]:
    """``segmentation_labels.json``: what each voxel value means."""
    return [
        {
            "value": m.value,
            "key": m.key,
            "structure": m.group,
            "side": m.side,
            "words": m.words,
            "colour": "#{:02x}{:02x}{:02x}".format(*m.colour),
            "fma": m.fma,
        }
        for m in MUSCLES
    ]


def compartment_rows() -> list[dict[str, object]]:
    """``compartments_labels.json``: what each voxel value means; muscles count as muscle wall."""
    return [{"value": c.value, "key": c.key, "words": c.words} for c in COMPARTMENTS]


def snap_labels() -> str:
    """``segmentation_labels.txt``: the label descriptions that ITK-SNAP and 3D Slicer read."""
    lines = ["# ITK-SnAP Label Description File", '    0     0    0    0        0  0  0    "clear"']
    for m in MUSCLES:
        r, g, b = m.colour
        lines.append(f'{m.value:5} {r:5} {g:4} {b:4}        1  1  1    "{m.words}"')
    return "\n".join(lines) + "\n"
