"""The pages: outliers first, every study accounted for, hostile texts harmless, light for many."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from myotome.cohort.review import sheet, strips
from myotome.cohort.review.sheet import write_review
from myotome.cohort.review.state import results_of, reviewed
from myotome.cohort.review.thumbs import BY_ROLE, HIGH_PX, WIDE_PX, thumb, without_footer
from myotome.cohort.review.words import Word, now, say
from myotome.cohort.store.layout import Layout
from myotome.errors import InputError, OutputError

Make = Callable[..., None]
Row = Callable[..., dict[str, Any]]
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def word(study: str, reviewer: str = "ann", comment: str = "") -> Word:
    told = {"study": study, "reviewer": reviewer, "comment": comment}
    return Word(**told, verdict="reject", utc=now(), attempt=1)


class Seen(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def with_pictures(layout: Layout, study: str, *, level: str = "L3") -> Path:
    """Results as far as the sheet looks at them."""
    folder = layout.results(study)
    (folder / "overlays").mkdir(parents=True)
    (folder / "report.html").write_text("<p>report</p>")
    for name in (f"axial_{level}", f"composition_{level}", "sagittal_levels", "coronal"):
        picture = Image.new("RGB", (640, 560), (255, 255, 255))
        picture.paste((40, 80, 120), (0, 0, 640, 500))
        picture.save(folder / "overlays" / f"{name}.png")
    return folder


@pytest.fixture
def cohort(layout: Layout, add: Make, row: Row) -> Layout:
    """Twelve studies, one far from the others, and one that failed."""
    for n in range(11):
        add(f"s{n:02}", row("gross_mass", "total", 2000.0 + 30 * n), sex="FM"[n % 2], age_years=60)
    add("odd", row("gross_mass", "total", 90.0), flags=[("metal", "warning", HOSTILE)])
    add("lost", state="failed", reason="timeout", message=f"It took too long. {HOSTILE}")
    return layout


def test_outliers_come_first_and_every_study_is_there(cohort: Layout, tmp_path: Path) -> None:
    told = write_review(cohort.root, tmp_path / "out")
    assert told["studies"] == {"accepted": 0, "excluded": 0, "not_reviewed": 12, "failed": 1}
    text = (tmp_path / "out" / "index.html").read_text()
    studies = [attrs["data-study"] for attrs in Seen(text).of("article")]
    assert studies[0] == "odd"
    assert sorted(filter(None, studies)) == sorted(["odd", *(f"s{n:02}" for n in range(11))])
    assert "robust SD below the median" in text
    assert "lost" in text


def test_hostile_texts_stay_texts_and_nothing_is_loaded(cohort: Layout, tmp_path: Path) -> None:
    say(word("odd", reviewer=HOSTILE[:40], comment=HOSTILE), cohort)
    with_pictures(cohort, "odd")
    write_review(cohort.root, tmp_path / "out")
    for page in ("index.html", "group.html"):
        text = (tmp_path / "out" / page).read_text()
        seen = Seen(text)
        assert seen.of("script") == []
        assert not [attrs for _, attrs in seen.tags if any(name.startswith("on") for name in attrs)]
        policy = next(a["content"] for a in seen.of("meta") if "http-equiv" in a)
        assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        assert all((a["src"] or "").startswith("data:image/webp;base64,") for a in seen.of("img"))
        assert not re.search(r"https?://", text)


def test_links_lead_to_the_report_and_pictures_say_what_they_are(
    cohort: Layout, tmp_path: Path
) -> None:
    folder = with_pictures(cohort, "odd")
    out = tmp_path / "deep" / "out"
    write_review(cohort.root, out)
    seen = Seen((out / "index.html").read_text())
    links = {(out / (a["href"] or "")).resolve() for a in seen.of("a")}
    assert (folder / "report.html").resolve() in links
    pictures = seen.of("img")
    assert [a["alt"] for a in pictures] == [
        "muscles at L3 of study odd",
        "body composition at L3 of study odd",
        "levels, seen from the side of study odd",
        "coronal of study odd",
    ]
    assert {a["loading"] for a in pictures} == {"lazy"}
    group = Seen((out / "group.html").read_text())
    assert (folder / "report.html").resolve() in {
        (out / (a["href"] or "")).resolve() for a in group.of("a")
    }


def test_a_study_without_l3_shows_the_level_next_to_it(layout: Layout, add: Make) -> None:
    add("a")
    with_pictures(layout, "a", level="L1")
    made = thumb(layout, "a", BY_ROLE["muscles"])
    assert made is not None
    assert made.words == "muscles at L1"
    assert made.size[0] <= WIDE_PX
    assert made.size[1] <= HIGH_PX
    assert len(made.data) < 20_000


def test_the_words_below_a_picture_are_left_out() -> None:
    picture = Image.new("RGB", (64, 56), (255, 255, 255))
    picture.paste((40, 80, 120), (0, 0, 64, 50))
    assert without_footer(picture).size == (64, 50)
    white = Image.new("RGB", (8, 8), (255, 255, 255))
    assert without_footer(white).size == (8, 8)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"<svg/>"])
def test_what_is_no_picture_of_ours_is_none(layout: Layout, add: Make, content: bytes) -> None:
    folder = with_pictures(layout, "a")
    (folder / "overlays" / "coronal.png").write_bytes(content)
    assert thumb(layout, "a", BY_ROLE["coronal"]) is None


def test_links_out_of_the_cohort_are_not_followed(layout: Layout, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = layout.results("a")
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    assert results_of(layout, "a") is None
    for name in ("../x", "..", "a/b", "", "a b", "x" * 65):
        assert results_of(layout, name) is None


def test_a_thousand_studies_stay_light(
    layout: Layout, add: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for n in range(60):
        add(f"s{n:03}")
    write_review(layout.root, tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").glob("*.html"))
    assert names == ["group.html", "index.html", "page-0002.html", "page-0003.html"]
    # a page holds 25 rows of 4 pictures of at most 20 kB, however many studies there are
    shown = [len(Seen((tmp_path / "out" / n).read_text()).of("article")) for n in names[1:]]
    assert shown == [25, 25, 10]


def test_a_large_group_page_links_only_what_stands_out(
    layout: Layout, add: Make, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strips, "MOST_LINKED", 10)
    for n in range(30):
        add(f"s{n:02}", row("gross_mass", "total", 2000.0 + 30 * n))
    add("odd", row("gross_mass", "total", 90.0))
    (strip,) = [s for s in strips.strips(reviewed(layout.root), str) if s.words.startswith("all")]
    assert [dot.study for dot in strip.far] == ["odd"]
    (lane,) = strip.lanes
    assert [dot.study for dot in lane.dots] == ["odd"]
    assert lane.path.count("M") == 30


def test_boxes_and_whiskers_are_those_of_tukey(layout: Layout, add: Make, row: Row) -> None:
    values = [10.0, 11, 12, 13, 14, 15, 16, 40]
    for n, value in enumerate(values):
        add(f"s{n}", row("slab_height", "slab", value, side="", unit="mm"))
    (strip,) = strips.strips(reviewed(layout.root), lambda _: "")
    (lane,) = strip.lanes
    x = [dot.x for dot in lane.dots]
    by_value = dict(zip(values, sorted(x), strict=True))
    # quartiles 11.75, 13.5, 15.25 (numpy's linear ones); 1.5 IQR reaches 6.5 to 20.5
    assert lane.whiskers == (by_value[10.0], by_value[16])
    assert lane.said == "sex unknown: n 8, median 13.5, quartiles 11.75 to 15.25"
    assert lane.box is not None
    assert by_value[11] < lane.box[0] < by_value[12] < lane.box[1] < by_value[14]


def test_the_table_holds_what_the_sheet_shows(cohort: Layout, tmp_path: Path) -> None:
    say(
        Word(study="s01", reviewer="ann", verdict="reject", comment="", utc=now(), attempt=1),
        cohort,
    )
    told = write_review(cohort.root, tmp_path / "out")
    assert told["excluded"] == {"a reviewer rejected the segmentation": 1}
    rows = list(csv.DictReader((tmp_path / "out" / "standing.csv").read_text().splitlines()))
    assert [row["rank"] for row in rows] == [str(n) for n in range(1, 13)]
    first = rows[0]
    assert (first["study"], first["total_gross_mass"]) == ("odd", "90")
    assert float(first["total_gross_mass_z"]) < -3.5
    (left_out,) = [row for row in rows if row["study"] == "s01"]
    assert left_out["accepted"] == "false"
    assert {row["accepted"] for row in rows if row["study"] != "s01"} == {""}


def test_other_files_are_never_replaced(cohort: Layout, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="none of Myotome's pages"):
        write_review(cohort.root, out, overwrite=True)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    write_review(cohort.root, tmp_path / "new")
    with pytest.raises(OutputError, match="--overwrite"):
        write_review(cohort.root, tmp_path / "new")
    write_review(cohort.root, tmp_path / "new", overwrite=True)


def test_a_failed_page_leaves_nothing(
    cohort: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise ValueError("broken")

    monkeypatch.setattr(sheet, "group_page", broken)
    with pytest.raises(ValueError, match="broken"):
        write_review(cohort.root, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["cohort"]


def test_what_is_no_cohort_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no cohort"):
        write_review(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
