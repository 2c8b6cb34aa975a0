"""The report and the pictures say what was found, where it is, and nothing that was not."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from myotome.locate.level_slices import level_slices
from myotome.nouns.numbers.measurement import Status
from myotome.nouns.space.landmarks import Landmarks
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.result import StudyResult
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES
from myotome.tables.outputs.wording import RESEARCH_USE_TEXT, RESEARCH_USE_TITLE
from myotome.write.pictures import canvas
from myotome.write.pictures import muscles as figure
from myotome.write.pictures.canvas import Frame
from myotome.write.report.area_chart import area_chart
from myotome.write.report.cells import Lookup, area_table, muscle_table, number
from myotome.write.report.page import _levels, render
from myotome.write.results import draw


class Page(HTMLParser):
    """Words, links and tags of a page; refuses tags that do not match."""

    VOID = frozenset({"meta", "img", "br", "line", "rect", "circle", "polyline"})

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.sources: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.sources += [v or "" for k, v in attrs if k in ("src", "href", "action", "srcset")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, _attrs) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def read(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    assert page.open == []
    return page


@pytest.fixture(scope="module")
def page(result) -> Page:
    return read(render(result, draw(result)))


@pytest.fixture(scope="module")
def empty_page(empty_result) -> Page:
    return read(render(empty_result, draw(empty_result)))


def test_the_report_needs_nothing_else(result, page) -> None:
    html = render(result, draw(result))
    assert page.sources
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    assert not {"script", "link", "iframe", "object", "form"} & set(page.tags)
    assert not re.search(r"url\(|@import|https?://", html)


def test_the_research_use_wording_is_there_word_for_word(page, empty_page) -> None:
    for found in (page, empty_page):
        assert RESEARCH_USE_TITLE in found.text
        assert RESEARCH_USE_TEXT in found.text


def test_the_headline_is_the_total_with_its_status_and_reason(result, page) -> None:
    total = next(
        m.value
        for m in result.measurements
        if (m.quantity, m.structure, m.side) == ("gross_mass", "total", "both")
    )
    assert f"{total:,.0f}".replace(",", " ") in page.text
    assert "the scan ends above its lower end (63 % in view)" in page.text


def test_every_group_flag_series_and_level_is_named(result, page) -> None:
    for group in GROUPS:
        assert group.words in page.text
    for flag in result.flags:
        assert flag.message in page.text
    for judged in result.judged:
        assert judged.series.description in page.text
        for reason in judged.reasons:
            assert reason.text in page.text
    order = [page.text.index(w) for w in ("failure", "warning ", "info ")]
    assert order == sorted(order)
    assert "the scan ends above the inferior endplate of L5" in page.text
    assert "They disagree" in page.text
    assert "90+ years" in page.text


def test_what_cannot_be_measured_is_words_and_never_a_number(empty_page) -> None:
    text = empty_page.text
    assert "Not measurable" in text
    assert "no muscle was found" in text
    assert not re.search(r"\bnan\b|\bNone\b\s*(g|ml|HU)|>0<|\b0\.0\b", text, re.IGNORECASE)


def test_hostile_texts_are_only_text(result) -> None:
    series = replace(result.judged[1].series, description="<script>alert(1)</script>")
    judged = (replace(result.judged[1], series=series),)
    page = read(render(replace(result, judged=judged), draw(result)))
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.text


def test_the_muscle_table_tells_partial_missing_and_whole_apart(result) -> None:
    sheet = muscle_table(Lookup(result.measurements))
    rows = {(block.words, row.side): row for block in sheet.blocks for row in block.rows}
    assert rows["psoas", "left"].status == "measured"
    assert rows["psoas", "left"].note == 0
    missing = rows["quadratus lumborum", "right"]
    assert missing.missing
    assert sheet.notes[missing.note - 1] == "the backend does not give it"
    assert rows["gluteus medius", "both"].status == "partial"
    assert len(sheet.notes) == 2


def test_what_is_absent_is_a_dash_with_its_words(result) -> None:
    words = "none on this slice; the muscle need not reach this level"

    def without(*levels: str) -> StudyResult:
        rows = tuple(
            replace(m, value=None, status=Status.ABSENT, reason=words)
            if (m.quantity, m.structure) == ("area", "psoas") and m.level in levels
            else m
            for m in result.measurements
        )
        return replace(result, measurements=rows)

    sheet = area_table(Lookup(without("L1").measurements))
    rows = {(block.words, row.side): row for block in sheet.blocks for row in block.rows}
    row = rows["psoas", "left"]
    assert row.cells[0].text == "\N{EN DASH}"
    assert sheet.notes[row.cells[0].note - 1] == words
    assert row.cells[0].status == "absent"
    assert not row.missing
    assert row.status == "measured"  # the other levels decide
    nowhere = without("L1", "L2", "L3", "L4", "L5")
    gone = {b.words: b.rows[0] for b in area_table(Lookup(nowhere.measurements)).blocks}["psoas"]
    assert (gone.side, gone.status_words) == ("all", "absent")
    page = read(render(nowhere, draw(result)))
    assert words in page.text


def test_the_area_table_has_only_levels_with_an_area(result, empty_result) -> None:
    sheet = area_table(Lookup(result.measurements))
    assert [words for words, _ in sheet.heads] == ["L1", "L2", "L3", "L4", "L5"]
    assert area_table(Lookup(empty_result.measurements)).blocks == ()


def test_numbers_keep_their_sign_and_their_zero() -> None:
    assert number(0.0, "cm2") == "0.0"
    assert number(-0.3, "HU") == "\u22120.3"
    assert number(-0.01, "HU") == "0.0"
    assert number(99.96, "g") == "100"
    assert number(-0.2, "%") == "0"
    assert number(12345.6, "g") == "12\u202f346"


def test_the_chart_puts_the_head_on_top_and_zero_at_the_left(result, empty_result) -> None:
    chart = area_chart(result)
    assert chart is not None
    assert chart.slab[0] < chart.slab[1]
    names = [name for _, name in chart.levels]
    ys = [y for y, _ in chart.levels]
    assert names == ["L1", "L2", "L3", "L4", "L5"]
    assert ys == sorted(ys)
    assert chart.x_ticks[0] == (chart.left, "0")
    assert len(chart.lines) == len(GROUPS)
    assert chart.lines[-1].cuts
    assert area_chart(empty_result) is None


def test_the_left_of_the_picture_is_the_patients_right(result) -> None:
    place = next(p for p in figure.places(result) if p.level == "L3")
    frame = figure.body_frame(result.volume, (place,))
    labels = canvas.resized_labels(result.segmentation.labels[place.k], frame)
    for muscle in MUSCLES:
        columns = np.flatnonzero((labels == muscle.value).any(axis=0))
        if len(columns):
            on_left = columns.mean() < frame.size[0] / 2
            assert on_left == (muscle.side == "right")


def test_pixels_are_square_and_the_body_fills_the_frame(result) -> None:
    """The body is 300 x 224 mm; the couch below it must not widen the frame."""
    shown = figure.places(result)
    frame = figure.body_frame(result.volume, shown)
    wide, high = frame.size
    assert wide == figure.AXIAL_PX
    assert 300 <= wide / frame.px_per_mm <= 300 + 2 * 10 + 12
    assert 224 - 6 <= high / frame.px_per_mm <= 224 + 2 * 10 + 12


def test_anisotropic_pixels_are_shown_in_proportion() -> None:
    frame = Frame.fitting((0.0, 0.0, 100.0, 50.0), (1.0, 4.0), 400)
    assert frame.size == (400, 800)
    square = np.zeros((50, 100), dtype=np.uint8)
    square[20:25, 40:60] = 5  # 20 x 20 mm
    big = canvas.resized_labels(square, frame)
    rows, columns = np.nonzero(big == 5)
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=3)
    assert (big > 0).sum() == pytest.approx(20 * 20 * frame.px_per_mm**2, rel=0.05)


def test_every_picture_opens_and_has_colour_where_muscle_is(result) -> None:
    pictures = draw(result)
    for role, picture in pictures.items():
        image = Image.open(io.BytesIO(picture.standalone_png()))
        image.load()
        assert image.width == picture.image.width
        if role.split(" ")[0] in ("axial", "hero", "coronal", "map"):
            assert image.width == 640
        assert image.height > picture.image.height
        pixels = np.asarray(picture.image).astype(int)
        coloured = np.ptp(pixels, axis=2).max(axis=(0, 1)) > 40
        outside = role == "axial T12"  # only its yellow note is coloured there
        outside |= role == "sagittal"  # a plain CT with marks
        assert coloured or outside


def test_planes_outside_the_scan_do_not_break_the_coronal(result) -> None:
    slab = replace(result.slab, superior_z_mm=500.0, inferior_z_mm=-900.0)
    assert figure.coronal(replace(result, slab=slab)).image.width == 640


def test_a_scan_without_levels_shows_the_middle_of_the_slab(empty_result) -> None:
    (place,) = figure.places(empty_result)
    middle = (empty_result.slab.superior_z_mm + empty_result.slab.inferior_z_mm) / 2
    assert place.z_mm == pytest.approx(middle, abs=3.0)
    assert draw(empty_result)["hero"].name == "axial_slab_middle"


def test_an_image_of_air_alone_is_drawn_too(empty_result) -> None:
    grid = empty_result.volume.grid
    air = Volume(hu=np.full(grid.shape, -1024, np.int16), grid=grid, source_grid=grid)
    bare = replace(
        empty_result, volume=air, landmarks=Landmarks(lung_base_z_mm=None, lung_base_confidence=0)
    )
    assert set(draw(bare)) == {"axial slab_middle", "hero", "coronal", "map", "sagittal"}


def test_a_real_scan_is_drawn_and_written(result, shared_data) -> None:
    import nibabel

    from myotome.nouns.space.grid import Grid, reorder

    image = nibabel.load(shared_data / "cases" / "ts_example" / "ct.nii.gz")
    source = Grid.from_matrix(image.shape[::-1], np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine)
    hu = reorder(np.asarray(image.dataobj).transpose(2, 1, 0), source).astype(np.int16)
    grid = source.canonical()
    place = figure.Place(level="L3", k=74, z_mm=grid.slice_z_mm(74.0))
    volume = Volume(hu=np.ascontiguousarray(hu), grid=grid, source_grid=source)
    frame = figure.body_frame(volume, (place,))
    # this body is about 33 cm wide at L3 (measured on the axial view)
    assert 0.30 < frame.size[0] / frame.px_per_mm / 1000 < 0.37


def test_the_levels_say_which_middles_lie_outside_the_scan(result) -> None:
    low = result.volume.grid.slice_z_mm(-0.5)
    levels = dict(result.landmarks.levels)
    levels["L5"] = replace(levels["L5"], mid_z_mm=low - 1.0)
    landmarks = replace(result.landmarks, levels=levels)
    slab = replace(result.slab, levels=level_slices(result.volume.grid, landmarks))
    cut = replace(result, landmarks=landmarks, slab=slab)
    told = {row["name"]: row.get("where") for row in _levels(cut)}
    assert told["L5"] == "middle outside the scan"
    assert told["L2"] == told["L3"] == told["L4"] == ""
    assert read(render(cut, draw(result))).text.count("middle outside the scan") == 1 + (
        told["T12"] != ""
    )
