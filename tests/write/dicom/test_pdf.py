"""The report as a PDF that loads nothing, and the PDF as a DICOM object."""

from __future__ import annotations

import base64
import http.server
import io
import re
import sys
import threading
import zlib

import pytest
from PIL import Image
from pydicom.dataset import Dataset

from myotome.errors import OutputError
from myotome.nouns.result import StudyResult
from myotome.write.dicom.pdf import Rendering, render_pdf, report_pdf
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


def _rendered(html: str) -> bytes:
    pytest.importorskip("weasyprint", exc_type=ImportError)
    return render_pdf(html)


def _data_uri(colour: tuple[int, int, int]) -> str:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(stream, "PNG")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def _inflated(pdf: bytes) -> bytes:
    """The PDF and all its compressed streams, one after the other."""
    packed = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    return pdf + b"\n".join(zlib.decompressobj().decompress(p) for p in packed if p[:1] == b"x")


def test_it_is_an_a4_page() -> None:
    pdf = _rendered("<html><style>@page { size: A4 }</style><p>mass 12 g</p></html>")
    assert pdf.startswith(b"%PDF")
    (box,) = re.findall(rb"/MediaBox ?\[([^]]*)\]", _inflated(pdf))
    wanted = (0, 0, 210 / 25.4 * 72, 297 / 25.4 * 72)
    assert [float(v) for v in box.split()] == pytest.approx(wanted, abs=0.1)


def test_pictures_in_the_page_are_kept() -> None:
    without = _rendered("<p>a</p>")
    with_one = _rendered(f'<p>a</p><img src="{_data_uri((200, 10, 30))}">')
    assert b"/Image" not in without
    assert b"/Image" in with_one


def test_nothing_is_fetched(tmp_path) -> None:
    asked: list[str] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    local = tmp_path / "secret.png"
    Image.new("RGB", (8, 8)).save(local)
    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://127.0.0.1:{server.server_port}"
        pdf = _rendered(
            f'<link rel="stylesheet" href="{root}/a.css"><style>@import url({root}/b.css);'
            f" @font-face {{ font-family: x; src: url({root}/c.ttf) }}</style>"
            f'<img src="{root}/d.png"><img src="{local.as_uri()}"><p style="font-family:x">a</p>'
        )
        server.shutdown()
    assert asked == []
    assert b"/Image" not in pdf


def test_it_can_be_rendered_in_a_process_of_its_own() -> None:
    pytest.importorskip("weasyprint", exc_type=ImportError)
    rendering = Rendering("<p>mass 12 g</p>" + "x" * 200_000)
    assert rendering.pdf().startswith(b"%PDF")


def test_a_missing_renderer_is_refused_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(OutputError, match=r"myotome\[dicom\]"):
        render_pdf("<p>a</p>")


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
