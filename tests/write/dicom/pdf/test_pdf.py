"""The PDF as a DICOM object."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset

from myotome.errors import OutputError
from myotome.nouns.study.result import StudyResult
from myotome.write.dicom.pdf.pdf import report_pdf
from myotome.write.dicom.source import Source, SourceImage

CT = "1.2.840.10008.5.1.4.1.1.2"
PDF = b"%PDF-1.7\n%%EOF"


def _source(result: StudyResult) -> Source:
    header = Dataset()
    header.SOPClassUID, header.Modality = CT, "CT"
    header.StudyInstanceUID, header.SeriesInstanceUID = "1.2.3", "1.2.3.4"
    header.PatientName, header.PatientID = "Müller^Zoë", "id"
    image = SourceImage(
        sop_class_uid=CT,
        sop_instance_uid="1.2.3.4.1",
        frame=None,
        position_mm=(0.0, 0.0, 0.0),
        orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
    )
    grid = result.volume.grid
    return Source(header=header, images=(image,), everything=(image, image), grid=grid)


@pytest.mark.parametrize("pdf", [PDF, PDF + b"x"])
def test_the_object_holds_the_pdf(result: StudyResult, pdf: bytes) -> None:
    made = report_pdf(result, _source(result), pdf)
    assert made.EncapsulatedDocument[: made.EncapsulatedDocumentLength] == pdf
    assert len(made.EncapsulatedDocument) % 2 == 0
    assert made.MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert made.Modality == "DOC"
    assert made.BurnedInAnnotation == "NO"
    assert "research use only" in made.DocumentTitle
    assert "research use only" in made.SeriesDescription
    assert [i.ReferencedSOPInstanceUID for i in made.SourceInstanceSequence] == ["1.2.3.4.1"]


def test_what_is_not_a_pdf_is_refused(result: StudyResult) -> None:
    with pytest.raises(OutputError, match="not a PDF"):
        report_pdf(result, _source(result), b"<html>")
