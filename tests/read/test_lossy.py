"""Compression with loss, told by attributes, by the transfer syntax, or by the pixels alone."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom.uid import (
    JPEG2000,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from myotome.read.bounded.codestream import is_lossy
from myotome.runtime.notices import on_reasons

STEP_MM = 5.0
TOLD = (
    {"LossyImageCompression": "01"},
    {"LossyImageCompressionRatio": "12.5"},
    {"LossyImageCompressionRatio": ["3", "8"]},
    {"LossyImageCompressionMethod": "ISO_15444_1"},
    {"LossyImageCompression": "00", "LossyImageCompressionRatio": "9"},
)
NOT_TOLD = (
    {},
    {"LossyImageCompression": "00"},
    {"LossyImageCompression": ""},
    {"LossyImageCompression": "00", "LossyImageCompressionRatio": "1"},
    {"LossyImageCompressionRatio": "0", "LossyImageCompressionMethod": ""},
)


def lossy_images(one: Any) -> int:
    told = "lossy_compression" in {flag.code for flag in on_reasons(one)}
    count = int(one.series.header.lossy_images)
    assert told == bool(count)
    return count


@pytest.mark.parametrize("said", TOLD)
def test_any_attribute_tells(maker, judged_in, said: dict[str, Any]) -> None:  # type: ignore[no-untyped-def]
    maker.series(12, **said)
    assert lossy_images(*judged_in(maker.folder)) == 12


@pytest.mark.parametrize("said", NOT_TOLD)
def test_sound_images_are_not_told_of(maker, judged_in, said: dict[str, Any]) -> None:  # type: ignore[no-untyped-def]
    maker.series(12, **said)
    assert lossy_images(*judged_in(maker.folder)) == 0


@pytest.mark.parametrize("which", [[0], [11], [4, 5, 6], [*range(1, 12)]])
def test_some_images_are_enough(maker, judged_in, planes, which: list[int]) -> None:  # type: ignore[no-untyped-def]
    for k, hu in enumerate(planes(12)):
        said = {"LossyImageCompression": "01"} if k in which else {}
        maker.write(maker.dataset(hu, -100 + STEP_MM * k, **said))
    assert lossy_images(*judged_in(maker.folder)) == len(which)


@pytest.mark.parametrize(
    ("syntax", "options", "lossy"),
    [
        (JPEG2000, {"j2k_psnr": [60]}, True),
        (JPEG2000Lossless, {}, False),
        (JPEGLSNearLossless, {"jls_error": 3}, True),
        (JPEGLSLossless, {}, False),
        (RLELossless, {}, False),
    ],
)
def test_pixels_tell_without_any_attribute(  # type: ignore[no-untyped-def]
    maker, judged_in, planes, syntax, options, lossy
) -> None:
    for k, hu in enumerate(planes(12)):
        ds = maker.dataset(hu, -100 + STEP_MM * k)
        ds.compress(syntax, generate_instance_uid=False, **options)
        for keyword in ("", "Ratio", "Method"):
            if f"LossyImageCompression{keyword}" in ds:
                delattr(ds, f"LossyImageCompression{keyword}")
        ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        ds.save_as(maker.folder / f"{k}.dcm", enforce_file_format=True)
    assert lossy_images(*judged_in(maker.folder)) == (12 if lossy else 0)


def test_reversible_pixels_in_the_syntax_for_both_are_lossless(  # type: ignore[no-untyped-def]
    maker, judged_in, planes
) -> None:
    """Archives send lossless JPEG 2000 by the UID that allows loss too."""
    for k, hu in enumerate(planes(12)):
        ds = maker.dataset(hu, -100 + STEP_MM * k)
        ds.compress(JPEG2000Lossless, generate_instance_uid=False)
        ds.file_meta.TransferSyntaxUID = JPEG2000
        ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        ds.save_as(maker.folder / f"{k}.dcm", enforce_file_format=True)
    assert lossy_images(*judged_in(maker.folder)) == 0


def test_a_syntax_that_is_lossy_by_definition_tells(maker, judged_in, planes) -> None:  # type: ignore[no-untyped-def]
    from pydicom.encaps import encapsulate

    for k, hu in enumerate(planes(12)):
        ds = maker.dataset(hu, -100 + STEP_MM * k)
        ds.PixelData = encapsulate([b"no stream that anybody knows"])
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True
        ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
        ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        ds.save_as(maker.folder / f"{k}.dcm", enforce_file_format=True)
    assert lossy_images(*judged_in(maker.folder)) == 12


@pytest.mark.parametrize("cut", range(0, 64, 7))
def test_streams_that_break_off_are_no_error(cut: int) -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xc0\x00\x0b\x08\0\1\0\1\1\1\x11\0"
    assert is_lossy(jpeg)
    assert is_lossy(jpeg[:cut]) == (b"\xff\xc0" in jpeg[:cut][:-2])
    near = b"\xff\xd8\xff\xf7\0\x0b\x08\0\1\0\1\1\1\x11\0\xff\xda\0\x08\1\1\0\2\0\0"
    assert is_lossy(near)
    is_lossy(near[:cut])
