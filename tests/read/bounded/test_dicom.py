"""Deflated files read within their own announcement are the files that pydicom reads."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from myotome.errors import InputError, TooLargeError
from myotome.read.bounded import room
from myotome.read.bounded.announced import announced
from myotome.read.bounded.codestream import stated_size
from myotome.read.bounded.dicom import is_deflated, read_start, read_whole


def test_a_deflated_file_is_the_one_that_it_would_have_been(maker, planes) -> None:
    ds = maker.dataset(planes(1)[0], 0.0)
    path = maker.write(ds, "a", DeflatedExplicitVRLittleEndian)
    assert is_deflated(path.read_bytes())
    found = read_whole(path)
    assert found.PixelData == dcmread(path).PixelData
    assert found.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    stream, length = read_start(path, path.read_bytes()) or pytest.fail("not deflated")
    assert length == len(stream.getvalue())


@pytest.mark.parametrize("cut", [40, 200, 600])
def test_a_cut_deflated_file_is_damaged_not_a_bomb(maker, planes, judged_in, cut: int) -> None:
    for path in maker.series(12):
        ds = dcmread(path)
        maker.write(ds, path.name, DeflatedExplicitVRLittleEndian)
    broken = sorted(maker.folder.iterdir())[5]
    broken.write_bytes(broken.read_bytes()[:-cut])
    (found,) = judged_in(maker.folder)
    assert found.series.header.slices == 11


@pytest.mark.parametrize(
    ("syntax", "implicit", "little"),
    [
        (ImplicitVRLittleEndian, True, True),
        (ExplicitVRLittleEndian, False, True),
        (ExplicitVRBigEndian, False, False),
    ],
)
def test_files_without_meta_have_the_syntax_they_are_written_in(
    maker, planes, tmp_path: Path, syntax: str, implicit: bool, little: bool
) -> None:
    ds = maker.dataset(planes(1)[0], 0.0)
    out = DicomBytesIO()
    out.is_implicit_VR, out.is_little_endian = implicit, little
    del ds.file_meta
    if not little:
        ds.PixelData = np.frombuffer(ds.PixelData, "<i2").astype(">i2").tobytes()
    write_dataset(out, ds)
    (tmp_path / "x").write_bytes(out.getvalue())
    assert read_whole(tmp_path / "x").file_meta.TransferSyntaxUID == syntax


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"Rows": 65535, "Columns": 65535}, TooLargeError),
        ({"Rows": 8192, "Columns": 8192, "NumberOfFrames": 40}, TooLargeError),
        ({"Rows": 1, "Columns": 1, "NumberOfFrames": 99_999_999}, TooLargeError),
        ({"NumberOfFrames": -3}, InputError),
        ({"Rows": 0}, InputError),
        ({"BitsAllocated": 60000}, InputError),
        ({"SamplesPerPixel": 500}, InputError),
    ],
)
def test_sizes_that_no_image_has(maker, planes, changes, error) -> None:
    ds = maker.dataset(planes(1)[0], 0.0)
    for key, value in changes.items():
        setattr(ds, key, value)
    with pytest.raises(error):
        announced(ds)


@pytest.mark.parametrize("vr", ["OB", "LO", "DS", "SQ", "AT", "FD"])
def test_sizes_of_strange_kinds(maker, planes, vr: str) -> None:
    values = {"OB": b"\xff" * 9, "LO": "rows", "DS": "5.5", "SQ": [], "AT": 0x99999999, "FD": 1e300}
    ds = maker.dataset(planes(1)[0], 0.0)
    del ds.Rows
    ds.add_new(0x00280010, vr, values[vr])
    with pytest.raises(InputError):
        announced(ds)


def _jpeg(marker: int, rows: int, columns: int) -> bytes:
    frame = struct.pack(">HBHHB", 11, 16, rows, columns, 1) + b"\1\x11\0"
    return b"\xff\xd8\xff\xe0\0\4ab" + bytes((0xFF, marker)) + frame


@pytest.mark.parametrize("marker", [0xC0, 0xC3, 0xF7])
def test_sizes_that_streams_state(marker: int) -> None:
    assert stated_size(_jpeg(marker, 700, 512)) == (700, 512)
    siz = struct.pack(">HHLLLL", 41, 0, 600, 700, 88, 0)
    assert stated_size(b"\0" * 40 + b"\xff\x4f\xff\x51" + siz + bytes(40)) == (700, 512)
    assert stated_size(b"\2\0\0\0" * 16) is None
    assert stated_size(b"\xff\xd8\xff\xc4\0\4ab\xff") is None


def test_memory_that_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_by_limit", lambda: 1_000_000_000)
    room.require_room(0.5e9, "the scan")
    with pytest.raises(TooLargeError, match=r"the scan takes 3.1 TB of memory, of which"):
        room.require_room(3.1e12, "the scan")
    assert [room.in_words(n) for n in (5, 2e3, 1.5e6, 3.1e9)] == [
        "5 bytes",
        "2 kB",
        "1.5 MB",
        "3.1 GB",
    ]


def test_systems_that_do_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    for ask in ("_by_limit", "_by_machine", "_by_group"):
        monkeypatch.setattr(room, ask, lambda: None)
    room.require_room(1e15, "the scan")
