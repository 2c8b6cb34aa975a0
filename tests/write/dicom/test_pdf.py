"""The report as a PDF that loads nothing, and the PDF as a DICOM object."""

from __future__ import annotations

import base64
import http.server
import io
import re
import sys
import threading
import zlib
from dataclasses import replace
from html import unescape

import pytest
from PIL import Image
from pydicom.dataset import Dataset

from myotome.errors import OutputError
from myotome.nouns.numbers.assessment import Assessment, CriteriaAnswer, CutOffAnswer
from myotome.nouns.numbers.flag import Flag, Severity
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.nouns.study.result import StudyResult
from myotome.tables.outputs.wording import RESEARCH_USE_TEXT
from myotome.write.dicom.pdf.paper import paper_html
from myotome.write.dicom.pdf.pdf import Rendering, render_pdf, report_pdf
from myotome.write.dicom.source import Source, SourceImage
from myotome.write.pictures.canvas import Picture
from myotome.write.report.page import context
from myotome.write.results import draw

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
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        pytest.skip("needs WeasyPrint and Pango (Debian: libpango-1.0-0 libpangoft2-1.0-0)")
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


@pytest.mark.usefixtures("pdf_library")
def test_it_can_be_rendered_in_a_process_of_its_own() -> None:
    rendering = Rendering()
    rendering.feed("<p>mass 12 g</p>" + "<!-- more than a pipe holds -->" * 20_000)
    try:
        assert rendering.pdf().startswith(b"%PDF")
    finally:
        rendering.stop()


@pytest.mark.parametrize("fed", [True, False])
def test_a_rendering_can_be_stopped_at_any_time(fed: bool) -> None:
    rendering = Rendering()
    if fed:
        rendering.feed("<p>a</p>")
    rendering.stop()


@pytest.mark.usefixtures("pdf_library")
def test_a_dead_renderer_is_replaced() -> None:
    rendering = Rendering()
    rendering._process.kill()
    rendering._process.wait()
    rendering.feed("<p>a</p>")
    try:
        assert rendering.pdf().startswith(b"%PDF")
    finally:
        rendering.stop()


# the paper report


@pytest.fixture(scope="module")
def pictures(result: StudyResult) -> dict[str, Picture]:
    return draw(result)


@pytest.fixture(scope="module")
def composed(result: StudyResult) -> StudyResult:
    """With body composition at L3, an index, and answers of two citations."""
    rows = [
        Measurement(
            quantity=quantity,
            structure=structure,
            side="both",
            level="L3",
            value=value,
            unit=unit,
            status=Status.MEASURED,
            caveats=("level_uncertain",),
        )
        for quantity, structure, value, unit in (
            ("area", "skeletal_muscle", 132.4, "cm2"),
            ("area", "visceral_fat", 211.0, "cm2"),
            ("index", "skeletal_muscle_index", 43.2, "cm2/m2"),
        )
    ]
    cutoffs = tuple(_cutoff(key, verdict) for key, verdict in _VERDICTS.items())
    criteria = CriteriaAnswer(
        key="c",
        words="Criteria 2019",
        met="unknown",
        step="",
        grade=None,
        conclusion="not assessable: needs grip strength",
        citation="A et al.",
        doi="10.1/c",
    )
    assessed = Assessment(facts=(), criteria=(criteria,), cutoffs=cutoffs, references=())
    return replace(result, measurements=(*result.measurements, *rows), assessed=assessed)


_VERDICTS = {"Aa 2001": "yes", "Bb 2002": "no", "Cc 2003": "unknown"}


def _cutoff(author: str, verdict: str) -> CutOffAnswer:
    return CutOffAnswer(
        key=author,
        topic="ct_muscle",
        topic_words="muscle on CT",
        finding=f"low CT muscle quantity by {author}",
        fact="smi",
        fact_words="skeletal muscle index",
        value=43.2,
        unit="cm2/m2",
        limit=50.0,
        operator="<",
        verdict=verdict,
        reason="not assessable: contrast unknown" if verdict == "unknown" else "",
        caveats=("the level of the slice is uncertain",),
        population="adults",
        citation=f"{author}, a journal",
        doi=f"10.1/{author[:2]}",
    )


def _words(html: str) -> str:
    return _plain(re.sub(r"<[^>]+>", " ", html.partition("<body>")[2]))


def _plain(words: str) -> str:
    return re.sub(r"\s+", " ", words)


def test_paper_prints_the_numbers_of_the_report(composed: StudyResult, pictures) -> None:
    words = _words(paper_html(composed, pictures))
    told = context(composed, {"hero": pictures["hero"]})
    assert _plain(f"{told['headline']['text']} {told['headline']['unit']}") in words
    for text in ("132", "211", "43.2 cm²/m²"):
        assert text in words
    for flag in told["flags"]:
        assert flag["message"] in unescape(words)
    for block in told["muscles"].blocks:
        assert block.words in words
        assert block.rows[-1].missing or _plain(block.rows[-1].cells[1].text) in words
    assert RESEARCH_USE_TEXT in unescape(words)


def test_paper_lists_the_cutoffs_that_were_applied(composed: StudyResult, pictures) -> None:
    words = _words(paper_html(composed, pictures))
    assert "by Aa 2001" in words
    assert "by Bb 2002" in words
    assert "doi 10.1/Bb" in words
    assert "by Cc 2003" not in words
    assert "1 more cut-offs were not applied" in words
    assert "not assessable" in words


def test_paper_has_its_pictures_and_loads_nothing(composed: StudyResult, pictures) -> None:
    html = paper_html(composed, pictures)
    sources = re.findall(r'<img src="([^"]{30})', html)
    assert len(sources) == sum(role in pictures for role in ("hero", "sagittal"))
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert "http" not in re.sub(r"base64,[A-Za-z0-9+/=]+", "", html)


def test_paper_shortens_digests(composed: StudyResult, pictures) -> None:
    digest = "0123456789abcdef" * 4
    origin = replace(composed.provenance, input_sha256=digest, weights={"muscles": digest})
    html = paper_html(replace(composed, provenance=origin), pictures)
    assert digest[:16] in html
    assert digest[:17] not in html


def test_paper_escapes_what_it_prints(composed: StudyResult, pictures) -> None:
    flag = Flag(code="x", severity=Severity.WARNING, stage="read", message="<script>1</script>")
    assert "<script>" not in paper_html(replace(composed, flags=(flag,)), pictures)


def test_paper_of_a_scan_without_anything(empty_result: StudyResult) -> None:
    words = _words(paper_html(empty_result, draw(empty_result)))
    assert "Not measurable" in words
    assert "Body composition could not be measured" in words


def test_paper_is_a_few_a4_pages(composed: StudyResult, pictures) -> None:
    pdf = _inflated(_rendered(paper_html(composed, pictures)))
    assert 2 <= len(re.findall(rb"/Type ?/Page\b", pdf)) <= 4
    assert len(set(re.findall(rb"/MediaBox ?\[([^]]*)\]", pdf))) == 1


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
