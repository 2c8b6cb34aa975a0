"""NIfTI headers that say something else, and gzip streams that are not whole."""

from __future__ import annotations

import gzip
from functools import partial
from pathlib import Path

import nibabel
import numpy as np
from numpy.random import Generator

from benchmarks.mutations.kind import Done, Kind, Target

BODY = "a body of that size can be, and both forms say the same"
_FIELDS: dict[str, tuple[float, ...]] = {
    "dim": (0, 1, 2, 3, 4, 5, 7, -1, 102, 103, 32767),
    "datatype": (0, 1, 2, 4, 8, 16, 64, 128, 256, 512, 768, 1792, 2304, 1536),
    "bitpix": (0, 8, 16, 32, 64),
    "pixdim": (0, -1, 0.5, 0.98, 1, 2, 4.2, 10, 1e9, np.nan, np.inf),
    "vox_offset": (0, 1, 348, 352, 353, 400, 1e9, -5, np.nan),
    "scl_slope": (0, 0.5, 1, 1.1, 2, -1, 1e9, np.nan, np.inf),
    "scl_inter": (0, -1024, -100, -10, 10, 100, 1024, np.nan, np.inf),
    "sform_code": (0, 1, 2, 3, 4, 5, -7),
    "qform_code": (0, 1, 2, 3, 4, 5, -7),
    "quatern_b": (0, 0.5, 1, -1, 2, np.nan),
    "quatern_d": (0, 0.5, 1, -1, 2, np.nan),
    "qoffset_x": (0, 100, -100, 1e9, np.nan),
    "qoffset_z": (0, 100, -100, 1e9, np.nan),
    "srow_x": (0, 1, -1, 2, -4, 1e9, np.nan),
    "srow_y": (0, 1, -1, 2, -4, 1e9, np.nan),
    "srow_z": (0, 1, -1, 2, -4, 8, 1e9, np.nan),
    "xyzt_units": (0, 1, 2, 3, 10, 255),
    "sizeof_hdr": (0, 348, 540, 1543569408),
    "intent_code": (0, 1002, 1005, 2003),
    "slice_code": (0, 3, 9),
}


def _path(target: Target, labels: bool) -> Path:
    return target.labels if labels and target.labels else target.files()[0]


def _open(path: Path) -> bytearray:
    data = path.read_bytes()
    return bytearray(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)


def _close(path: Path, data: bytes) -> None:
    path.write_bytes(gzip.compress(data, 1) if path.name.endswith(".gz") else data)


def _field(target: Target, rng: Generator, *, labels: bool) -> Done:
    path = _path(target, labels)
    data = _open(path)
    header = nibabel.Nifti1Header(bytes(data[:348]), check=False)
    raw = header.structarr
    name = str(rng.choice(list(_FIELDS)))
    new = float(rng.choice(_FIELDS[name]))
    place = ""
    with np.errstate(all="ignore"):
        if raw[name].shape:
            at = int(rng.integers(min(5, raw[name].size)))
            place = f"[{at}]"
            raw[name][at] = new if raw[name].dtype.kind == "f" else int(new)
        else:
            raw[name] = new if raw[name].dtype.kind == "f" else int(new)
    data[:348] = raw.tobytes()
    _close(path, bytes(data))
    return Done(words=f"{name}{place} of {'the labels' if labels else 'the header'} set to {new:g}")


def _scaled(target: Target, rng: Generator, *, labels: bool) -> Done:
    """Both forms say another size, or one of them does."""
    path = _path(target, labels)
    image = nibabel.load(path)
    factor, axis = float(rng.choice([0.1, 0.5, 0.9, 1.1, 2, 10])), int(rng.integers(4))
    scale = np.ones(4)
    scale[axis if axis < 3 else slice(0, 3)] = factor
    affine = image.affine @ np.diag(scale)
    which = str(rng.choice(["both", "sform", "qform"]))
    header = image.header.copy()
    if which != "qform":
        header.set_sform(affine, 1)
    if which != "sform":
        header.set_qform(affine, 1, strip_shears=True)
    _rewrite(path, header)
    return Done(
        words=f"{which} of the forms times {factor:g} along {('x', 'y', 'z', 'all')[axis]}",
        undetectable=BODY if which == "both" and not labels and 0.9 <= factor <= 1.1 else "",
    )


def _turned(target: Target, rng: Generator, *, labels: bool) -> Done:
    """The affine is exchanged or reversed along axes, the voxels stay."""
    path = _path(target, labels)
    image = nibabel.load(path)
    order = rng.permutation(3)
    signs = rng.choice([-1.0, 1.0], 3)
    matrix = np.eye(4)
    matrix[:3, :3] = np.eye(3)[order] * signs
    header = image.header.copy()
    affine = matrix @ image.affine
    header.set_sform(affine, 1)
    header.set_qform(affine, 1, strip_shears=True)
    _rewrite(path, header)
    return Done(words=f"world axes {order.tolist()} with signs {signs.astype(int).tolist()}")


def _rewrite(path: Path, header: nibabel.Nifti1Header) -> None:
    data = _open(path)
    data[:348] = header.structarr.tobytes()
    _close(path, bytes(data))


def _gz(target: Target, rng: Generator, *, labels: bool) -> Done:
    path = _path(target, labels)
    data = _open(path)
    packed = bytearray(gzip.compress(bytes(data), 1))
    way = str(rng.choice(["checksum", "length", "cut", "twice", "tail", "middle", "bare", "short"]))
    if way == "checksum":
        packed[-8] ^= 0xFF
    elif way == "length":
        packed[-1] ^= 0x01
    elif way == "cut":
        packed = packed[: int(rng.integers(20, len(packed)))]
    elif way == "twice":
        packed = bytearray(gzip.compress(bytes(packed), 1))
    elif way == "tail":
        packed += rng.bytes(50)
    elif way == "middle":
        start = int(rng.integers(20, len(packed) - 60))
        packed[start : start + 50] = bytes(50)
    elif way == "bare":
        packed = data
    else:
        packed = bytearray(gzip.compress(bytes(data[: int(rng.integers(len(data)))]), 1))
    path.write_bytes(bytes(packed))
    return Done(words=f"gzip stream of {'the labels' if labels else 'the study'}: {way}")


_MAKES = (("field", _field, 6), ("scaled", _scaled, 2), ("turned", _turned, 2), ("gz", _gz, 2))

KINDS = (
    *(
        Kind(key=f"nifti_{key}", needs="nifti", make=partial(make, labels=False), weight=weight)
        for key, make, weight in _MAKES
    ),
    *(
        Kind(
            key=f"labels_nifti_{key}",
            needs="nifti labels",
            make=partial(make, labels=True),
            weight=weight,
        )
        for key, make, weight in _MAKES
    ),
)
