"""Setting the paper: strings are never markup, PDF/A is kept to, the same bytes each time."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from importlib.resources import files

import pytest
from pypdf import PdfReader

from myotome.errors import OutputError
from myotome.nouns.study.result import StudyResult
from myotome.write.dicom.pdf import typeset
from myotome.write.dicom.pdf.paper import paper
from myotome.write.dicom.pdf.pdf import render_pdf

A4_PT = (210 / 25.4 * 72, 297 / 25.4 * 72)
TEMPLATE = files("myotome.write").joinpath("templates", "paper.typ").read_text(encoding="utf-8")


# what it is ------------------------------------------------------------------------------------


def test_it_is_a_few_a4_pages(reader: PdfReader) -> None:
    assert 2 <= len(reader.pages) <= 4
    for page in reader.pages:
        assert (page.mediabox.width, page.mediabox.height) == pytest.approx(A4_PT, abs=0.1)


def test_it_claims_pdf_a_and_universal_access(reader: PdfReader) -> None:
    """ISO 19005-2 6.6.4 and ISO 14289-1 5: the claim stands in the XMP metadata."""
    xmp = reader.root_object["/Metadata"].get_data().decode("utf-8")
    claimed = dict(re.findall(r"<(pdf\w+id:\w+)>(\w+)</", xmp))
    assert claimed["pdfaid:part"] == "2"
    assert claimed["pdfaid:conformance"] == "A"
    assert claimed["pdfuaid:part"] == "1"


def test_what_pdf_a_asks_for_is_there(reader: PdfReader) -> None:
    """ISO 19005-2: 6.2.3 output intent, 6.7 tags and language, 6.1 no encryption, 6.5 no action."""
    root = reader.root_object
    (intent,) = root["/OutputIntents"]
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/DestOutputProfile"].get_data()[36:40] == b"acsp"
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "research use only" in reader.metadata.title
    assert not reader.is_encrypted
    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(root)
    assert "/EmbeddedFiles" not in root.get("/Names", {})


def _fonts(reader: PdfReader) -> Iterator[tuple[str, dict, dict]]:
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            whole = font.get_object()
            own = (
                whole["/DescendantFonts"][0].get_object() if "/DescendantFonts" in whole else whole
            )
            yield whole["/BaseFont"], whole, own["/FontDescriptor"].get_object()


def test_all_fonts_are_inside_and_none_is_of_this_machine(reader: PdfReader) -> None:
    fonts = [*_fonts(reader)]
    assert len(fonts) > 2
    for name, font, descriptor in fonts:
        assert re.match(r"/[A-Z]{6}\+(LibertinusSerif|NewCM|DejaVuSansMono)", name)
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
        assert "/ToUnicode" in font


def _tags(node: object) -> Iterator[dict]:
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for child in node:
            yield from _tags(child)
    elif isinstance(node, dict):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from _tags(node["/K"])


def test_headings_tables_and_pictures_are_tagged(reader: PdfReader, composed, pictures) -> None:
    tags = [*_tags(reader.root_object["/StructTreeRoot"])]
    kinds = [tag["/S"] for tag in tags]
    assert kinds.count("/H1") == 1
    assert next(kind for kind in kinds if re.match(r"/H\d", kind)) == "/H1"
    assert {"/H2", "/Table", "/TH", "/TD"} <= set(kinds)
    told = [tag["/Alt"] for tag in tags if tag["/S"] == "/Figure"]
    row = paper(composed, pictures).data["pictures"]
    shown = [*row["first"], *row["second"]]
    assert told == [picture["alt"] for picture in shown]
    assert len(told) == sum(len(page.images) for page in reader.pages) >= 2
    assert all(len(words) > 10 for words in told)


def test_the_same_result_gives_the_same_bytes(composed: StudyResult, pictures) -> None:
    assert render_pdf(composed, pictures) == render_pdf(composed, pictures)


def test_its_date_is_that_of_the_run(composed: StudyResult, pictures, read) -> None:
    origin = replace(composed.provenance, started_utc="2024-02-29T11:12:13+00:00")
    shown = read(replace(composed, provenance=origin), pictures)
    when = datetime.fromisoformat("2024-02-29T11:12:13+00:00")
    assert shown.metadata.creation_date == shown.metadata.modification_date == when
    unknown = replace(composed.provenance, started_utc="")
    shown = read(replace(composed, provenance=unknown), pictures)
    assert shown.metadata.creation_date.year == 1970


# nothing of it is markup -----------------------------------------------------------------------

HOSTILE = [
    "#panic(1)",
    '#read("data.json")',
    '#image("/etc/hostname")',
    "$x^2$ \\ * _a_ *b* `c` ~",
    "<label> @reference #let x = 1",
    "= heading",
    "- item",
    "\"a\" 'b' -- --- ...",
    "// comment /* and */ this",
    '#import "@preview/x:0.1.0"',
    "Müller Ψυχή Жук 50 % 5 \u00d7 4",
    "<script>1</script> &amp;",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_strings_are_printed_as_they_are(
    composed, pictures, hostile: str, read, words_of, flagged
) -> None:
    assert f"warning: {hostile}" in words_of(read(flagged(composed, hostile), pictures), 0)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("腹部 CT", "□□ CT"),
        ("ท้อง", "□□□□"),
        ("scan 😀", "scan □"),
        ("a\x00b\x1bc", "a□b□c"),
        ("\ue000 private", "□ private"),
        ("\ud800 half", "□ half"),
    ],
    ids=["Chinese", "Thai", "emoji", "control", "private use", "surrogate"],
)
def test_what_no_font_has_is_a_box(
    composed, pictures, text: str, printed: str, read, words_of, flagged
) -> None:
    words = words_of(read(flagged(composed, text, "\u221229 HU"), pictures), 0)
    assert f"warning: {printed}" in words
    assert "warning: \u221229 HU" in words


def test_names_of_the_header_are_printed_as_they_are(composed, pictures, read, words_of) -> None:
    header = replace(composed.volume.acquisition, kernel='#read("data.json") $')
    volume = replace(composed.volume, acquisition=header)
    words = words_of(read(replace(composed, volume=volume), pictures), 0)
    assert 'kernel #read("data.json") $' in words


def test_the_template_evaluates_and_loads_nothing_else() -> None:
    assert re.findall(r"\b(?:json|image)\([^),]*", TEMPLATE) == ['json("data.json"', "image(p.file"]
    assert not re.search(r"\b(?:eval|plugin|read|import|include|sys|csv|yaml)\b", TEMPLATE)
    assert "@preview" not in TEMPLATE


# without Typst ---------------------------------------------------------------------------------


def test_a_missing_typesetter_is_refused_with_the_mend(composed, pictures, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(OutputError, match=r"myotome\[dicom\]"):
        render_pdf(composed, pictures)


def test_a_paper_that_cannot_be_set_is_refused() -> None:
    with pytest.raises(OutputError, match="Typst refuses"):
        typeset.typeset(typeset.Paper(data={"title": "and nothing else"}))
