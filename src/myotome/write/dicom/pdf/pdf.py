"""The paper report as PDF, and the PDF as a DICOM object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from myotome.errors import OutputError
from myotome.nouns.study.result import StudyResult
from myotome.tables.codes.code import standard
from myotome.write.dicom.capture import instance_items
from myotome.write.dicom.pdf.paper import TITLE, paper
from myotome.write.dicom.pdf.typeset import typeset
from myotome.write.dicom.series import NewSeries, code_item, complete, plain
from myotome.write.dicom.source import Source
from myotome.write.pictures.canvas import Picture

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def render_pdf(result: StudyResult, pictures: Mapping[str, Picture]) -> bytes:
    """The paper report as PDF/A-2a. Refuses (OutputError) where Typst is not installed."""
    return typeset(paper(result, pictures))


def report_pdf(result: StudyResult, source: Source, pdf: bytes) -> Dataset:
    """``pdf`` as an Encapsulated PDF in the study of ``source``, in a series of its own.

    PS3.3 A.45.1 and C.24.2. The report names no person, so nothing identifying is burned in.
    """
    from pydicom.uid import EncapsulatedPDFStorage

    if not pdf.startswith(b"%PDF"):
        raise OutputError("what was rendered is not a PDF.", mend="Leave the PDF out.")
    new = NewSeries.of(source, "report_pdf", result.provenance)
    dataset = plain(source, new, EncapsulatedPDFStorage)
    dataset.ConversionType = "WSD"
    dataset.BurnedInAnnotation = "NO"
    dataset.AcquisitionDateTime = ""
    dataset.DocumentTitle = TITLE
    dataset.ConceptNameCodeSequence = [
        code_item(standard("DCM", "126000", "Imaging Measurement Report"))
    ]
    dataset.VerificationFlag = "UNVERIFIED"
    dataset.SourceInstanceSequence = instance_items(source.everything)
    dataset.MIMETypeOfEncapsulatedDocument = "application/pdf"
    dataset.EncapsulatedDocumentLength = len(pdf)
    dataset.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    complete(dataset, source, new)
    return dataset
