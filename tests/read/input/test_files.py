"""The first door: what counts as input, and what is not let in."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from pydicom import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage, generate_uid

from myotome.errors import InputError
from myotome.read.catalogue import catalogue
from myotome.read.input.files import Limits, Source, opened
from myotome.read.quiet import quiet


def names(source: Source) -> list[str]:
    return [f.name for f in source.files]


def test_nested_folder_lists_everything_sorted(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    for name in ("b/c/2", "b/1", "a"):
        (tmp_path / name).write_bytes(b"x")
    with opened(tmp_path) as source:
        assert names(source) == ["a", "b/1", "b/c/2"]
        assert all(f.path.read_bytes() == b"x" for f in source.files)


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_archives_are_unpacked_and_removed(tmp_path: Path, kind: str) -> None:
    inner = tmp_path / "in"
    (inner / "deep").mkdir(parents=True)
    (inner / "deep" / "x").write_bytes(b"hello")
    archive = tmp_path / "study"  # without an ending: content decides
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as box:
            box.write(inner / "deep" / "x", "deep/x")
    else:
        with tarfile.open(archive, f"w:{kind.partition('.')[2]}") as box:
            box.add(inner / "deep", "deep")
    with opened(archive) as source:
        assert names(source) == ["deep/x"]
        path = source.files[0].path
        assert path.read_bytes() == b"hello"
        assert [e.status for e in source.accounted] == ["archive"]
    assert not path.exists()
    assert not path.parent.exists()


def test_zip_in_zip_and_gzipped_single_file(tmp_path: Path) -> None:
    small = io.BytesIO()
    with zipfile.ZipFile(small, "w") as box:
        box.writestr("x", b"1")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as box:
        box.writestr("inner.zip", small.getvalue())
    (tmp_path / "im.dcm.gz").write_bytes(gzip.compress(b"two"))
    with opened(tmp_path) as source:
        contents = {f.name: f.path.read_bytes() for f in source.files}
    assert contents == {"outer.zip/inner.zip/x": b"1", "im.dcm.gz/content": b"two"}


def test_path_traversal_links_and_devices_are_refused_alone(tmp_path: Path) -> None:
    archive = tmp_path / "evil.tar"
    with tarfile.open(archive, "w") as box:
        for name in ("../../outside", "/etc/outside", "good"):
            info = tarfile.TarInfo(name)
            info.size = 1
            box.addfile(info, io.BytesIO(b"x"))
        for name, kind in (
            ("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("dev", tarfile.CHRTYPE)
        ):  # fmt: skip
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            box.addfile(info)
    with opened(archive) as source:
        assert names(source) == ["good"]
        unsafe = {e.name for e in source.accounted if e.status == "unsafe"}
    assert unsafe == {"../../outside", "/etc/outside", "link", "hard", "dev"}
    assert not (tmp_path.parent / "outside").exists()


def test_zip_symlink_and_backslash_traversal_are_refused(tmp_path: Path) -> None:
    archive = tmp_path / "evil.zip"
    with zipfile.ZipFile(archive, "w") as box:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        box.writestr(link, "/etc/passwd")
        box.writestr("..\\..\\outside", b"x")
        box.writestr("C:/outside", b"x")
        box.writestr("good", b"x")
    with opened(archive) as source:
        assert names(source) == ["good"]
        assert sum(e.status == "unsafe" for e in source.accounted) == 3


def test_zip_bomb_by_ratio_size_and_number(tmp_path: Path) -> None:
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as box:
        for n in range(4):
            box.writestr(f"{n}", bytes(1 << 20))
    limits = (
        Limits(ratio_free_bytes=1 << 19, max_ratio=10),
        Limits(max_total_bytes=3 << 20),
        Limits(max_files=3),
    )
    for limit in limits:
        with pytest.raises(InputError, match="zip bomb"), opened(archive, limits=limit):
            pass
    with opened(archive) as source:  # the same archive is fine within the default limits
        assert len(source.files) == 4


def test_bomb_beside_good_files_is_refused_alone(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("zeros", bytes(1 << 20))
    (tmp_path / "good").write_bytes(b"x")
    with opened(tmp_path, limits=Limits(max_total_bytes=1 << 19)) as source:
        assert names(source) == ["good"]
        (entry,) = source.accounted
    assert entry.name == "bomb.zip"
    assert entry.status == "unsafe"
    assert "zip bomb" in entry.reason


def test_broken_archive_names_itself(tmp_path: Path) -> None:
    good = io.BytesIO()
    with zipfile.ZipFile(good, "w") as box:
        box.writestr("x", b"1" * 1000)
    (tmp_path / "cut.zip").write_bytes(good.getvalue()[:500])
    with pytest.raises(InputError, match="broken"), opened(tmp_path / "cut.zip"):
        pass


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"), opened(tmp_path / "no"):
        pass
    with pytest.raises(InputError, match="holds no files"), opened(tmp_path):
        pass


def test_links_back_and_special_files_do_not_hang(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_bytes(b"x")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    with opened(tmp_path) as source:
        assert names(source) == ["a/x"]
        assert {e.name for e in source.accounted} == {"gone", "pipe"}


def test_dicomdir_lists_its_files_and_the_missing(tmp_path: Path) -> None:
    cd = tmp_path / "cd"
    (cd / "images").mkdir(parents=True)
    for name in ("IM1", "unlisted"):
        (cd / "images" / name).write_bytes(b"x")
    index = Dataset()
    index.file_meta = FileMetaDataset()
    index.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    index.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    index.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    index.DirectoryRecordSequence = [Dataset(), Dataset(), Dataset(), Dataset()]
    listed = (["IMAGES", "IM1"], ["IMAGES", "IM2"], ["..", "outside"])
    with quiet():
        for record, steps in zip(index.DirectoryRecordSequence, listed, strict=False):
            record.ReferencedFileID = steps
        index.save_as(cd / "DICOMDIR", enforce_file_format=True)
    (tmp_path / "outside").write_bytes(b"x")
    with opened(cd / "DICOMDIR") as source:
        assert {f.path for f in source.files} == {cd / "DICOMDIR", cd / "images" / "IM1"}
        assert {e.name for e in source.accounted} == {"IMAGES/IM2", "../outside"}
        assert {e.status for e in source.accounted} == {"missing"}
        by_name = {e.name: e.status for e in catalogue(source).files}
    assert by_name["DICOMDIR"] == "dicomdir"
