"""The paper report as PDF, and the PDF as a DICOM object."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from myotome.errors import OutputError
from myotome.nouns.study.result import StudyResult
from myotome.tables.codes.code import standard
from myotome.write.dicom.capture import instance_items
from myotome.write.dicom.pdf import typeset
from myotome.write.dicom.series import NewSeries, code_item, complete, plain
from myotome.write.dicom.source import Source

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_TITLE = "CT muscle report (research use only)"


def render_pdf(html: str) -> bytes:
    """HTML as PDF with its own page size. Nothing is fetched: only ``data:`` URIs load.

    Refuses (OutputError) where WeasyPrint or the libraries it needs are missing.
    """
    try:
        typeset.load()
    except (ImportError, OSError) as error:
        raise OutputError(
            "the report cannot be made into a PDF.",
            why="WeasyPrint or the Pango library is not installed.",
            mend="pip install 'myotome[dicom]'; on Debian also apt install libpango-1.0-0 "
            "libpangoft2-1.0-0 libharfbuzz-subset0; or leave the PDF out.",
        ) from error
    return typeset.typeset(html)


class Rendering:
    """A PDF in the making, in a process of its own: WeasyPrint is pure Python and slow to load.

    Start it as early as you can, give it the HTML with :meth:`feed`, write other objects
    meanwhile, then ask for :meth:`pdf`. End it with :meth:`stop` in any case.
    """

    def __init__(self) -> None:
        self._html = ""
        self._fed: Future[tuple[bytes, bytes]] | None = None
        self._pool = ThreadPoolExecutor(1)
        # by its path, not as a module: so that it need not load Myotome
        self._process = subprocess.Popen(  # noqa: S603  (this very interpreter and our own file)
            [sys.executable, "-P", typeset.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def feed(self, html: str) -> None:
        """The HTML, once. Returns at once."""
        self._html = html
        self._fed = self._pool.submit(self._process.communicate, html.encode("utf-8"))

    def pdf(self) -> bytes:
        """Wait for the PDF. Refuses as :func:`render_pdf` does."""
        out = b"" if self._fed is None else self._fed.result()[0]
        if self._process.returncode == 0 and out.startswith(b"%PDF"):
            return out
        return render_pdf(self._html)

    def stop(self) -> None:
        """End it, with or without a result."""
        self._process.kill()
        if self._fed is None:
            self._process.communicate()
        self._pool.shutdown()


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
    dataset.DocumentTitle = _TITLE
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
