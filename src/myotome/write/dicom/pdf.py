"""The report on A4 paper: HTML to PDF by WeasyPrint, and the PDF as a DICOM object."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import TYPE_CHECKING

from myotome.errors import OutputError
from myotome.nouns.result import StudyResult
from myotome.tables.codes import standard
from myotome.tables.wording import RESEARCH_USE_TITLE
from myotome.write.dicom.capture import instance_items
from myotome.write.dicom.series import NewSeries, code_item, complete, plain
from myotome.write.dicom.source import Source

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_TITLE = "CT muscle report (research use only)"
_PAPER = (
    '@page { @bottom-right { content: "' + RESEARCH_USE_TITLE + ' Page " counter(page) " of "'
    " counter(pages); font: 8px sans-serif; color: #5b6975; } }"
    # what stands side by side is kept on one page: WeasyPrint loses track of it otherwise
    " .pair { break-inside: avoid; } .stack { display: block; }"
    " .stack > * { margin-bottom: 12px; } .chart svg { height: 62mm; }"
)


def render_pdf(html: str) -> bytes:
    """The report as PDF, A4, with page numbers. Nothing is fetched: only ``data:`` URIs load.

    Refuses (OutputError) where WeasyPrint or the libraries it needs are missing.
    """
    try:
        from weasyprint import CSS, HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        raise OutputError(
            "the report cannot be made into a PDF.",
            why="WeasyPrint or the Pango library is not installed.",
            mend="pip install 'myotome[dicom]'; on Debian also apt install libpango-1.0-0 "
            "libpangoft2-1.0-0 libharfbuzz-subset0; or leave the PDF out.",
        ) from error
    # it warns of every style that paper does not know
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    page = HTML(string=html, url_fetcher=fetcher, media_type="print")
    pdf: bytes = page.write_pdf(stylesheets=[CSS(string=_PAPER)])
    return pdf


class Rendering:
    """A PDF in the making, in a process of its own: WeasyPrint needs seconds of pure Python.

    Start it, write the other objects meanwhile, then ask for :meth:`pdf`.
    """

    def __init__(self, html: str) -> None:
        self._html = html.encode("utf-8")
        self._process = subprocess.Popen(  # noqa: S603  (this very interpreter and module)
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self._process.stdin is not None  # noqa: S101
        # WeasyPrint reads all before it writes anything, so this cannot block for ever
        self._process.stdin.write(self._html)
        self._process.stdin.close()
        self._process.stdin = None

    def pdf(self) -> bytes:
        """Wait for the PDF. Refuses as :func:`render_pdf` does."""
        out, _ = self._process.communicate()
        if self._process.returncode == 0 and out.startswith(b"%PDF"):
            return out
        return render_pdf(self._html.decode("utf-8"))

    def stop(self) -> None:
        """End it without a result."""
        self._process.kill()
        self._process.communicate()


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


def _main() -> None:
    sys.stdout.buffer.write(render_pdf(sys.stdin.buffer.read().decode("utf-8")))


if __name__ == "__main__":
    _main()
