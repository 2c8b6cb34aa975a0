"""Files made to fill the memory: refused in words that say how much, in 1.5 GB of address space.

Each is a few MB at most. What they would take is never taken: the process may not even ask.
"""

from __future__ import annotations

import gzip
import json
import lzma
import resource
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, FileMetaDataset, dcmwrite
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    SegmentationStorage,
    generate_uid,
)

from myotome.phantom.dicom.hostile import (
    overlay_absurd,
    palette_absurd,
    table_absurd,
    table_of_bits,
)

LIMIT_KB = 1572864  # ulimit -v
MOST_PEAK_KB = 700_000
ZEROS = bytes(1 << 20)
AIR = np.full(64**3, -1000, "<i2").tobytes()


def image(**changes: Any) -> Dataset:
    """The header of a CT slice; pixels are the maker's matter."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, generate_uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(), generate_uid()
    ds.Modality, ds.Rows, ds.Columns = "CT", 512, 512
    ds.ImagePositionPatient, ds.ImageOrientationPatient = [0, 0, 0], [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing, ds.SliceThickness = [0.8, 0.8], 5
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    for key, value in changes.items():
        setattr(ds, key, value)
    return ds


def meta(ds: Dataset, syntax: str) -> FileMetaDataset:
    found = FileMetaDataset()
    found.TransferSyntaxUID = syntax
    found.MediaStorageSOPClassUID = ds.SOPClassUID
    found.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    return found


def plain(path: Path, ds: Dataset, syntax: str = ExplicitVRLittleEndian) -> Path:
    ds.file_meta = meta(ds, syntax)
    dcmwrite(path, ds, enforce_file_format=True)
    return path


def deflated(path: Path, ds: Dataset, tail: bytes, zeros_mb: int) -> Path:
    """``ds``, then ``tail`` and so many MB of zeros, all deflated: a thousandth of that."""
    out, squeezed = DicomBytesIO(), zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    out.write(bytes(128) + b"DICM")
    write_file_meta_info(out, meta(ds, DeflatedExplicitVRLittleEndian), enforce_standard=False)
    body = DicomBytesIO()
    body.is_little_endian, body.is_implicit_VR = True, False
    write_dataset(body, ds)
    out.write(squeezed.compress(body.getvalue() + tail) + squeezed.flush(zlib.Z_FULL_FLUSH))
    out.write((squeezed.compress(ZEROS) + squeezed.flush(zlib.Z_FULL_FLUSH)) * zeros_mb)
    out.write(squeezed.flush())
    path.write_bytes(out.getvalue())
    return path


def gzipped(path: Path, start: bytes, zeros_mb: int) -> Path:
    path.write_bytes(gzip.compress(start) + gzip.compress(ZEROS) * zeros_mb)
    return path


def nifti_head(
    shape: tuple[int, int, int], dtype: int = 4, bits: int = 16, side_mm: float = 1
) -> bytes:
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, 3, *shape, 1, 1, 1, 1)
    struct.pack_into("<hh", head, 70, dtype, bits)
    struct.pack_into("<8f", head, 76, 1, side_mm, side_mm, side_mm, 1, 1, 1, 1)
    struct.pack_into("<f", head, 108, 352)
    struct.pack_into("<h", head, 254, 1)  # the sform holds
    for row in range(3):
        struct.pack_into("<f", head, 280 + 20 * row, side_mm)
    head[344:348] = b"n+1\0"
    return bytes(head)


def deflated_pixels(at: Path) -> Path:
    return deflated(
        at / "a.dcm", image(), struct.pack("<HH2sHL", 0x7FE0, 0x10, b"OW", 0, 1500 << 20), 1500
    )


def deflated_header(at: Path) -> Path:
    ds = image()
    del ds[0x00280010:]
    return deflated(
        at / "a.dcm", ds, struct.pack("<HH2sHL", 0x0011, 0x1001, b"OB", 0, 1500 << 20), 1500
    )


def deflated_in_good_faith(at: Path) -> Path:
    """Announced and there: 700 frames of 1,024 x 1,024 zeros, each in its place."""
    groups = []
    for n in range(700):
        group, place = Dataset(), Dataset()
        place.ImagePositionPatient = [0, 0, n]
        group.PlanePositionSequence = [place]
        groups.append(group)
    shared, measures, turn = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [0.8, 0.8], 5
    turn.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [turn]
    ds = image(NumberOfFrames=700, Rows=1024, Columns=1024)
    ds.PerFrameFunctionalGroupsSequence = groups
    ds.SharedFunctionalGroupsSequence = [shared]
    size = 700 * 1024 * 1024 * 2
    tail = struct.pack("<HH2sHL", 0x7FE0, 0x10, b"OW", 0, size)
    return deflated(at / "a.dcm", ds, tail, size >> 20)


def rows_and_columns(at: Path) -> Path:
    return plain(at / "a.dcm", image(Rows=65535, Columns=65535, PixelData=bytes(1 << 16)))


def frames_without_end(at: Path) -> Path:
    return plain(
        at / "a.dcm", image(Rows=1, Columns=1, NumberOfFrames=900_000_000, PixelData=b"\0\0")
    )


def wide_codestream(at: Path) -> Path:
    """60,000 x 60,000 pixels by the stream of JPEG 2000, 512 x 512 by the header."""
    siz = struct.pack(">HLLLLLLLLHBBB", 0, 60000, 60000, 0, 0, 60000, 60000, 0, 0, 1, 15, 1, 1)
    stream = b"\xff\x4f\xff\x51" + struct.pack(">H", len(siz) + 2) + siz + b"\xff\xd9"
    for k in range(6):
        ds = image(
            ImagePositionPatient=[0, 0, 5 * k], SeriesInstanceUID="1.2.3", StudyInstanceUID="1.2"
        )
        ds.PixelData = encapsulate([stream + bytes(2000)])
        ds["PixelData"].VR = "OB"
        ds.InstanceNumber = k + 1
        plain(at / f"{k}.dcm", ds, JPEG2000Lossless)
    return at


def nifti_announcing(at: Path) -> Path:
    return gzipped(at / "a.nii.gz", nifti_head((1400, 1400, 1400)), 16)


def nifti_wide(at: Path) -> Path:
    return gzipped(at / "a.nii.gz", nifti_head((32767, 32767, 3), 64, 64), 1)


def nifti_endless(at: Path) -> Path:
    return gzipped(at / "a.nii.gz", nifti_head((64, 64, 64), side_mm=6) + AIR, 1600)


def zip_of_zeros(at: Path) -> Path:
    with (
        zipfile.ZipFile(at / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as box,
        box.open("1.dcm", "w", force_zip64=True) as sink,
    ):
        for _ in range(700):
            sink.write(ZEROS)
    return at / "a.zip"


def zip_of_names(at: Path) -> Path:
    """A table of contents of 60 MB: a million names of nothing."""
    entry = struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 14, 0, 0, 0, 0, 0, 0
    )
    table = b"".join(entry + b"%014d" % n for n in range(1_000_000))
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, len(table), 4, 0)
    (at / "a.zip").write_bytes(b"PK\x03\x04" + table + end)
    return at / "a.zip"


def tar_header(at: Path) -> Path:
    """An extended header of 1.5 GB, which tar reads whole."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 1500 << 20
    return gzipped(at / "a.tar.gz", info.tobuf(), 1500)


def xz_dictionary(at: Path) -> Path:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 26}]
    packed = bytearray(lzma.compress(bytes(5000), filters=filters))
    packed[15:17] = b"\x01\x28"  # 4 GiB; the header's own checksum follows
    size = (packed[12] + 1) * 4
    packed[12 + size - 4 : 12 + size] = struct.pack("<L", zlib.crc32(packed[12 : 12 + size - 4]))
    (at / "a.xz").write_bytes(packed)
    return at / "a.xz"


def six(at: Path, change: Callable[[Dataset], None], **said: Any) -> Path:
    """Six slices of a series, each with something that it announces and does not have."""
    for k in range(6):
        ds = image(
            ImagePositionPatient=[0, 0, 5 * k],
            SeriesInstanceUID="1.2.3",
            StudyInstanceUID="1.2",
            InstanceNumber=k + 1,
            PixelData=bytes(1 << 19),
            **said,
        )
        change(ds)
        plain(at / f"{k}.dcm", ds)
    return at


def overlays_without_end(at: Path) -> Path:
    """They are no part of a measurement and are not looked at: the empty image is what is told."""
    return six(at, lambda ds: overlay_absurd(ds, 0))


def palette_without_colours(at: Path) -> Path:
    return six(at, lambda ds: palette_absurd(ds, 0))


def palette_of_many_bits(at: Path) -> Path:
    def change(ds: Dataset) -> None:
        palette_absurd(ds, 0)
        ds.add_new((0x0028, 0x1101), "US", [65535, 0, 65535])

    return six(at, change)


def table_without_entries(at: Path) -> Path:
    return six(at, lambda ds: table_absurd(ds, 0))


def table_of_many_bits(at: Path) -> Path:
    return six(at, lambda ds: table_of_bits(ds, 0))


BOMBS: dict[Callable[[Path], Path], str] = {
    deflated_pixels: "unpacks to more than",
    deflated_header: "before any pixels",
    deflated_in_good_faith: "takes",
    rows_and_columns: "announces 1 image(s) of 65535 x 65535 pixels",
    frames_without_end: "announces 900000000 image(s)",
    wide_codestream: "its compressed image has 60000 x 60000",
    overlays_without_end: "looks like a label map",
    palette_without_colours: "colour",
    palette_of_many_bits: "colour",
    table_without_entries: "has 2 entries, and 65536 are said",
    table_of_many_bits: "is said to have 60000 bits",
    nifti_announcing: "takes 5.49 GB of memory",
    nifti_wide: "announces 32767 x 32767 x 3 voxels",
    nifti_endless: "more values than its header announces",
    zip_of_zeros: "200 times its size",
    zip_of_names: "its table of contents has 60 MB",
    tar_header: "a header of it announces 1.57 GB",
    xz_dictionary: "asks for more than 268 MB of memory",
}


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_KB << 10, LIMIT_KB << 10))


def within(line: list[str], code: str = "") -> tuple[int, dict[str, Any], int]:
    """Run a command under the limit: (exit code, last line, most memory it had in kB)."""
    watch = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(done.returncode)"
    )
    done = subprocess.run(
        [sys.executable, "-c", watch, *line],
        capture_output=True, text=True, timeout=300, check=False, preexec_fn=limited,
    )  # fmt: skip
    *_, answer, peak = done.stdout.strip().splitlines()
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(answer), int(peak)


@pytest.mark.parametrize("make", BOMBS, ids=lambda make: make.__name__)
def test_a_bomb_is_refused_and_its_size_said(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    (tmp_path / "in").mkdir()
    bomb = make(tmp_path / "in")
    packed = sum(f.stat().st_size for f in (tmp_path / "in").iterdir())
    assert packed < 64 << 20
    words = [sys.executable, "-m", "myotome.cli.app", "run", str(bomb), "-o", str(tmp_path / "out")]
    code, answer, peak = within(words)
    assert code in (3, 4, 5, 6, 12), answer
    assert BOMBS[make] in answer["error"]
    assert peak < MOST_PEAK_KB


def seg_far_apart(at: Path) -> Path:
    """Two frames of one pixel kind, 9,000 slices of 340 x 340 apart: 2 GB of labels."""
    frames = []
    for z in (0, 8999):
        group, place, which = Dataset(), Dataset(), Dataset()
        place.ImagePositionPatient, which.ReferencedSegmentNumber = [0, 0, z], 1
        group.PlanePositionSequence, group.SegmentIdentificationSequence = [place], [which]
        frames.append(group)
    shared, measures, turn, segment = Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SpacingBetweenSlices = [1, 1], 1
    turn.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [turn]
    segment.SegmentNumber, segment.SegmentLabel = 1, "psoas left"
    ds = image(
        SOPClassUID=SegmentationStorage, SegmentationType="BINARY", Rows=340, Columns=340,
        BitsAllocated=1, BitsStored=1, HighBit=0, PixelRepresentation=0, NumberOfFrames=2,
        PerFrameFunctionalGroupsSequence=frames, SharedFunctionalGroupsSequence=[shared],
        SegmentSequence=[segment], PixelData=bytes(28900),
    )  # fmt: skip
    return plain(at / "a.dcm", ds)


def nrrd_of_zeros(at: Path) -> Path:
    head = (
        "NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nendian: little\n"
        "sizes: 1000 1000 1000\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nencoding: gzip\n"
        "space origin: (0,0,0)\n\n"
    )
    (at / "a.nrrd").write_bytes(head.encode() + gzip.compress(ZEROS))
    return at / "a.nrrd"


def labels_announcing(at: Path) -> Path:
    return gzipped(at / "a.nii.gz", nifti_head((1000, 1000, 1000), 2, 8), 8)


def deflated_contours(at: Path) -> Path:
    return deflated_header(at)


LABELS: dict[Callable[[Path], Path], str] = {
    seg_far_apart: "takes 2.08 GB of memory",
    nrrd_of_zeros: "takes 4 GB of memory",
    labels_announcing: "takes 2 GB of memory",
    deflated_contours: "unpacks to more than",
}


@pytest.mark.parametrize("make", LABELS, ids=lambda make: make.__name__)
def test_labels_that_are_bombs(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    bomb = make(tmp_path)
    code = (
        "import json, sys\nfrom myotome.errors import InputError\n"
        "from myotome.read.labels.door import read_labels\n"
        "try:\n    read_labels(sys.argv[1])\n"
        "except InputError as error:\n    print(json.dumps({'error': str(error)}))\n"
    )
    _, answer, peak = within([sys.executable, "-c", code, str(bomb)])
    assert LABELS[make] in answer["error"]
    assert peak < MOST_PEAK_KB


def test_a_sound_input_still_fits(dicom_study: Path) -> None:
    line = [sys.executable, "-m", "myotome.cli.app", "series", str(dicom_study)]
    code, answer, _ = within(line)
    assert code == 0
    assert any(row["verdict"] == "usable" for row in answer["series"])


def test_zeros_alone_are_no_bomb() -> None:
    """The makers above would be no test if the process had memory for them anyway."""
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(
            [sys.executable, "-c", "import numpy as np; np.empty(1500 << 20, np.uint8)"],
            check=True, capture_output=True, preexec_fn=limited,
        )  # fmt: skip
    assert np.dtype(np.int16).itemsize == 2
