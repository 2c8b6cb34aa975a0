"""The true reason is told: of files without meta, private syntaxes, archives, places and units."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from myotome.errors import GeometryError, InputError, NoUsableSeriesError
from myotome.nouns.study.series import FileEntry
from myotome.read.assemble import assemble
from myotome.read.catalogue import catalogue
from myotome.read.choose import judge, pick
from myotome.read.input.files import opened


def bare(path: Path, *without: str, implicit: bool = True) -> None:
    """The file again without preamble, meta information and the named attributes."""
    found, out = Dataset(), DicomBytesIO()
    out.is_implicit_VR, out.is_little_endian = implicit, True
    for element in dcmread(path):
        if element.keyword not in without:
            found.add(element)
    write_dataset(found_to := out, found)
    path.write_bytes(found_to.getvalue())


@pytest.mark.parametrize("implicit", [True, False], ids=["implicit", "explicit"])
@pytest.mark.parametrize(
    "without",
    [
        (),
        ("ImageType", "SOPClassUID"),
        ("ImageType", "SOPClassUID", "SOPInstanceUID"),
        ("ImageType", "SOPClassUID", "SOPInstanceUID", "Modality"),
    ],
    ids=["whole", "0008,0018", "0008,0060", "0008,0070"],
)
def test_files_without_meta_are_measured_like_the_others(
    maker, without: tuple[str, ...], implicit: bool
) -> None:
    paths = maker.series(12)
    with opened(maker.folder) as source:
        sound = assemble(pick(judge(catalogue(source)))[0].series)
    for path in paths:
        bare(path, *without, implicit=implicit)
    with opened(maker.folder) as source:
        found = assemble(pick(judge(catalogue(source)))[0].series)
    assert (found.hu == sound.hu).all()


@pytest.mark.parametrize(
    "start", [b"\x08\x00 chapter", b"\x10\0\x10\0\xff\xff\xff\xff", b"\x20\0a\0"]
)
def test_other_files_are_no_dicom_for_their_first_bytes(maker, start: bytes) -> None:
    (maker.folder / "x").write_bytes(start + b" of a letter" * 40)
    with opened(maker.folder) as source:
        (entry,) = catalogue(source).files
    assert entry.status == "not_an_image"


@pytest.mark.parametrize("syntax", ["1.2.840.113619.5.2", "1.3.46.670589.33.1.4.1", "1.2.3"])
def test_a_private_syntax_is_named(maker, syntax: str) -> None:
    for path in maker.series(12):
        ds = dcmread(path)
        old = str(ds.file_meta.TransferSyntaxUID).encode()
        raw = path.read_bytes()
        new = syntax.encode().ljust(len(old) + len(old) % 2, b"\0")
        at = raw.index(old)
        length = len(new).to_bytes(2, "little")
        size = len(old) + len(old) % 2
        changed = raw[: at - 2] + length + new + raw[at + size :]
        grown = int.from_bytes(raw[140:144], "little") + len(new) - size
        path.write_bytes(changed[:140] + grown.to_bytes(4, "little") + changed[144:])
    with opened(maker.folder) as source:
        (series,) = catalogue(source).series
        for allow in (False, True):
            with pytest.raises(InputError, match=f"transfer syntax {syntax}") as caught:
                assemble(series, allow_gaps=allow)
            assert "--allow-gaps" not in str(caught.value)
            assert "Error" not in str(caught.value)


@pytest.mark.parametrize("lost", [(5,), (0,), (3, 9)])
def test_images_without_place_are_named_and_may_be_interpolated(maker, lost) -> None:
    for k, path in enumerate(maker.series(12)):
        if k in lost:
            ds = dcmread(path)
            del ds.ImagePositionPatient
            ds.save_as(path)
    with opened(maker.folder) as source:
        (series,) = catalogue(source).series
        with pytest.raises(GeometryError, match=f"{len(lost)} image.*does not say where it lies"):
            assemble(series)
        inner = [k for k in lost if k]
        assert assemble(series, allow_gaps=True).hu.shape[0] == (12 if inner else 11)


@pytest.mark.parametrize("said", ["hu", "Hu ", "HOUNSFIELD", "hounsfield units"])
def test_hounsfield_units_by_any_spelling(maker, said: str) -> None:
    maker.series(12, RescaleType=said)
    with opened(maker.folder) as source:
        (judged,) = judge(catalogue(source))
    assert "not_hu" not in {reason.rule for reason in judged.reasons}


@pytest.mark.parametrize("said", ["OD", "MGML", "Z_EFF"])
def test_other_units_are_refused(maker, said: str) -> None:
    maker.series(12, RescaleType=said)
    with opened(maker.folder) as source:
        (judged,) = judge(catalogue(source))
    assert {"not_hu", "kind"} & {reason.rule for reason in judged.reasons}


def test_insisting_is_advised_where_it_helps_and_with_the_key(maker, new_maker) -> None:
    maker.series(12, ConvolutionKernel="B70f")
    other = new_maker("mr")
    other.series(12, Modality="MR", SeriesNumber=9)
    with opened(maker.folder) as source:
        judged = judge(catalogue(source))
    with pytest.raises(NoUsableSeriesError) as caught:
        pick(judged)
    (sharp,) = (j.series.key for j in judged if j.series.modality == "CT")
    assert sharp.endswith("-4")  # the number before it follows the UIDs, which are random
    assert str(caught.value).endswith(f"name it with --series: {sharp}.")


@pytest.mark.parametrize("n", [1, 2, 63])
def test_reasons_of_files_are_counted(n: int) -> None:
    files = [FileEntry(name=str(k), status="unsafe", reason="it is encrypted") for k in range(n)]
    with pytest.raises(NoUsableSeriesError, match=f"files: {n} unsafe: it is encrypted"):
        pick((), files=files)


def test_absolute_paths_in_archives_are_told_apart(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as box:
        for name in ("/data/1.dcm", "C:/data/2.dcm", "../3.dcm"):
            box.writestr(name, b"x")
    with tarfile.open(tmp_path / "b.tar", "w") as tar:
        info = tarfile.TarInfo("/data/4.dcm")
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))
    with opened(tmp_path) as source:
        reasons = {
            e.name.rsplit("/")[-1]: e.reason for e in source.accounted if e.status == "unsafe"
        }
    assert [("absolute" in reasons[f"{k}.dcm"]) for k in (1, 2, 3, 4)] == [True, True, False, True]


@pytest.mark.parametrize("path", ["a" * 300, "/".join(["a" * 200] * 25), "a\0b"])
def test_paths_that_the_system_refuses(path: str) -> None:
    with pytest.raises(InputError, match="cannot be opened") as caught, opened(path):
        pass
    assert path not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter every folder")
def test_closed_folders_are_listed(tmp_path: Path) -> None:
    (tmp_path / "in" / "closed").mkdir(parents=True)
    (tmp_path / "in" / "a").write_bytes(b"x")
    (tmp_path / "in" / "closed").chmod(0)
    with opened(tmp_path / "in") as source:
        assert [e.name for e in source.accounted] == ["closed/"]


@pytest.mark.parametrize("number", ["../../etc", "/etc/x", "..", "a b"])
def test_a_series_number_is_no_path(maker, number: str) -> None:
    for path in maker.series(12):
        ds = dcmread(path)
        del ds.SeriesNumber
        ds.add_new(0x00200011, "LO", number)
        ds.save_as(path)
    with opened(maker.folder) as source:
        (series,) = catalogue(source).series
    assert series.key == "u"


@pytest.mark.parametrize("said", ["PALETTE COLOR", "RGB", "ARGB", "YBR_FULL"])
def test_places_in_a_table_of_colours_are_no_hounsfield_units(maker, said: str) -> None:
    maker.series(12, PhotometricInterpretation=said)
    with opened(maker.folder) as source:
        (judged,) = judge(catalogue(source))
    assert "picture" in {reason.rule for reason in judged.reasons}
