"""Lost files are told: what could not be read, what is missing by header, number or wish."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset
from pydicom.fileset import FileSet
from pydicom.uid import generate_uid

from myotome.errors import GeometryError
from myotome.read.listing import list_series
from myotome.runtime.notices import on_reasons, require_images


def the_series(folder: Path, key: str = "4") -> Any:
    (one,) = (j for j in list_series(folder)[1] if j.series.key == key)
    return one


def flags_of(one: Any) -> dict[str, str]:
    return {flag.code: flag.message for flag in on_reasons(one)}


def spoil(path: Path, how: str) -> None:
    raw = path.read_bytes()
    new = {
        "empty": b"",
        "cut in the header": raw[:500],
        "cut in the meta header": raw[:150],
        "zeros": bytes(len(raw)),
        "noise": os.urandom(len(raw)),
    }[how]
    path.write_bytes(new)


KINDS = ("empty", "cut in the header", "cut in the meta header", "zeros", "noise")


@pytest.mark.parametrize("how", KINDS)
@pytest.mark.parametrize("ending", ["", ".dcm"])
@pytest.mark.parametrize("which", [(0, 1, 2), (11,), (9, 10, 11)])
def test_unreadable_files_at_an_end_are_counted(maker, how, ending, which) -> None:  # type: ignore[no-untyped-def]
    for n, path in enumerate(maker.series(12)):
        target = path.with_name(f"{path.name}{ending}")
        path.rename(target)
        if n in which:
            spoil(target, how)
    said = flags_of(the_series(maker.folder))
    assert f"{len(which)} file(s)" in said["files_unread"]


def test_files_elsewhere_and_clutter_are_not_counted(maker) -> None:  # type: ignore[no-untyped-def]
    for path in maker.series(12):
        path.rename(path.with_name(f"{path.name}.dcm"))
    other = maker.folder / "other"
    other.mkdir()
    (other / "empty.dcm").write_bytes(b"")
    (maker.folder / ".hidden").write_bytes(b"")
    (maker.folder / "readme.txt").write_text("hello " * 5000)
    (maker.folder / "notes.dcm").write_text("a text with the wrong name")
    (maker.folder / "LOCKFILE").write_bytes(b"")
    report = Dataset()
    report.file_meta = maker.dataset(maker_planes(), 0.0).file_meta
    report.Modality, report.SOPInstanceUID = "SR", generate_uid()
    report.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
    maker.write(report, "report.dcm")
    assert flags_of(the_series(maker.folder)) == {}


def maker_planes() -> Any:
    import numpy as np

    return np.zeros((32, 32))


def test_a_folder_that_may_not_be_listed_is_accounted_for(maker, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    maker.series(12)
    (maker.folder / "sub").mkdir()
    walk = os.walk

    def refusing(top: Any, *, onerror: Any, **options: Any) -> Any:
        for folder, folders, names in walk(top, **options):
            if folder.endswith("sub"):
                onerror(PermissionError(13, "Permission denied", folder))
                continue
            yield folder, folders, names

    monkeypatch.setattr("myotome.read.input.files.os.walk", refusing)
    found, _ = list_series(maker.folder)
    assert [(e.name, e.status) for e in found.files if e.status != "used"] == [
        ("sub/", "unreadable")
    ]
    assert "files_unread" in flags_of(the_series(maker.folder))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_closed_folder(maker) -> None:  # type: ignore[no-untyped-def]
    maker.series(12)
    closed = maker.folder / "sub"
    closed.mkdir(mode=0)
    try:
        assert "files_unread" in flags_of(the_series(maker.folder))
    finally:
        closed.chmod(0o755)


def test_a_damaged_archive_member_is_counted(maker, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    packed = tmp_path / "study.zip"
    with zipfile.ZipFile(packed, "w") as box:
        for path in maker.series(12):
            box.write(path, f"ct/{path.name}")
    raw = bytearray(packed.read_bytes())
    place = raw.index(b"ct/IM0011", 0) + 2000  # in the bytes of that member
    raw[place : place + 8] = bytes(b ^ 255 for b in raw[place : place + 8])
    packed.write_bytes(bytes(raw))
    assert "1 file(s)" in flags_of(the_series(packed))["files_unread"]


@pytest.mark.parametrize("given", ["folder", "index"])
def test_what_a_dicomdir_lists_and_is_not_there(maker, tmp_path: Path, given: str) -> None:  # type: ignore[no-untyped-def]
    index = FileSet()
    when = {"StudyDate": "20110601", "StudyTime": "120000", "StudyID": "1", "AccessionNumber": ""}
    for path in maker.series(12, **when):
        index.add(path)
    staging = index._stage["t"]
    index.write(tmp_path / "media")
    staging.cleanup()
    index._stage["t"].cleanup()
    at = tmp_path / "media" if given == "folder" else tmp_path / "media" / "DICOMDIR"
    assert flags_of(the_series(at)) == {}
    images = sorted(p for p in (tmp_path / "media").rglob("IM*") if p.is_file())
    for path in images[-2:]:
        path.unlink()
    assert "2 not there" in flags_of(the_series(at))["files_unread"]


class TestExpected:
    @pytest.mark.parametrize("said", [13, 63, 400])
    def test_images_in_acquisition(self, maker, said: int) -> None:  # type: ignore[no-untyped-def]
        maker.series(12, ImagesInAcquisition=said)
        assert f"{said}" in flags_of(the_series(maker.folder))["images_missing"]

    def test_all_are_there_in_this_or_another_series(self, maker) -> None:  # type: ignore[no-untyped-def]
        maker.series(12, ImagesInAcquisition=12, AcquisitionNumber=1)
        assert flags_of(the_series(maker.folder)) == {}
        maker.series_uid = generate_uid()
        maker.series(12, ImagesInAcquisition=24, AcquisitionNumber=1, SeriesNumber=5)
        assert flags_of(the_series(maker.folder, "5")) == {}

    @pytest.mark.parametrize("lost", [(0, 1, 2), (0, 1, 2, 3, 4)])
    def test_numbers_before_the_first(self, maker, lost: tuple[int, ...]) -> None:  # type: ignore[no-untyped-def]
        paths = maker.series(12)
        for n in lost:
            paths[n].unlink()
        assert "12" in flags_of(the_series(maker.folder))["images_missing"]

    def test_every_second_is_lost(self, maker) -> None:  # type: ignore[no-untyped-def]
        for path in maker.series(24)[1::2]:
            path.unlink()
        said = flags_of(the_series(maker.folder))
        assert "23" in said["images_missing"]
        assert "slices_apart" in said

    def test_numbers_that_only_go_on_or_count_by_two(self, maker) -> None:  # type: ignore[no-untyped-def]
        planes = [maker_planes() for _ in range(12)]
        for first, step, key in ((101, 1, "4"), (1, 2, "5"), (3, 1, "6")):
            maker.series_uid = generate_uid()
            for k, plane in enumerate(planes):
                number = first + step * k
                maker.write(
                    maker.dataset(plane, 5.0 * k, InstanceNumber=number, SeriesNumber=int(key))
                )
            assert "images_missing" not in flags_of(the_series(maker.folder, key))

    @pytest.mark.parametrize("number", [11, 13, 100])
    def test_another_number_than_expected_is_refused(self, maker, number: int) -> None:  # type: ignore[no-untyped-def]
        maker.series(12)
        series = the_series(maker.folder).series
        require_images(series, 12)
        require_images(series, None)
        with pytest.raises(GeometryError, match=f"12 image.*{number} were expected"):
            require_images(series, number)
