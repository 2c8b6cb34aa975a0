"""Pictures of body composition: what is coloured is what is counted, and words are words."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from itertools import combinations
from types import MappingProxyType
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from myotome.locate.level_slices import level_slices
from myotome.measure.composition.counts import census
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Landmarks, Level, Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.result import StudyResult
from myotome.tables.anatomy.muscles import COMPARTMENTS
from myotome.tables.outputs.colours import COMPOSITION_CLASSES, COMPOSITION_FILL, QUALITY_CLASSES
from myotome.tables.outputs.wording import RESEARCH_USE_TITLE
from myotome.tables.quantities.hu_windows import WINDOW
from myotome.tables.quantities.tissues import LEVELS, TISSUE
from myotome.voxels.regions import REGION, countable, regions, tissue_codes
from myotome.write.pictures import canvas
from myotome.write.pictures import muscles as figure
from myotome.write.pictures.annotations import MarkedPicture, Stroke, Words, draw, footer
from myotome.write.pictures.canvas import Frame, Picture
from myotome.write.pictures.composition import composition_pictures, measured_places, svg
from myotome.write.pictures.muscles import Place

COUNT, HIGH, WIDE = 20, 64, 96
K = 8
SVG = "{http://www.w3.org/2000/svg}"
CLASSES = {"quality": QUALITY_CLASSES, "composition": COMPOSITION_CLASSES}


def study(base: StudyResult, rooms, hu, levels, spacing=(6.0, 3.0, 3.0)) -> StudyResult:
    """A result with these compartments, HU and levels (name: slice), and no named muscle."""
    grid = Grid.axial(hu.shape, spacing, (-140.0, -90.0, -60.0))
    volume = Volume(hu=hu, grid=grid, source_grid=grid)
    found = {
        name: Level(
            name=name,
            mid_z_mm=float(grid.slice_z_mm(k)),
            centre_xy_mm=(-140.0 + spacing[2] * WIDE / 2, -90.0 + spacing[1] * HIGH / 2),
            confidence=0.9,
        )
        for name, k in levels.items()
    }
    landmarks = Landmarks(
        lung_base_z_mm=None, lung_base_confidence=0.0, levels=MappingProxyType(found)
    )
    return replace(
        base,
        volume=volume,
        landmarks=landmarks,
        slab=Slab(
            superior_z_mm=60.0,
            inferior_z_mm=-60.0,
            superior_found=True,
            inferior_found=True,
            levels=level_slices(grid, landmarks),
        ),
        segmentation=Segmentation(
            labels=np.zeros(hu.shape, np.uint8),
            grid=grid,
            backend="mine",
            k_range=(0, hu.shape[0]),
            compartments=rooms,
        ),
    )


def body(rooms_value=REGION["muscle_wall"], hu_value=200):
    """A block of one compartment, of no tissue at 200 HU, in air."""
    rooms = np.zeros((COUNT, HIGH, WIDE), np.uint8)
    rooms[:, 4:-4, 4:-4] = rooms_value
    hu = np.full(rooms.shape, -1000, np.int16)
    hu[:, 4:-4, 4:-4] = hu_value
    return rooms, hu


def whole(result: StudyResult) -> Frame:
    """A frame in which one pixel is one voxel."""
    return Frame(box=(0.0, 0.0, float(WIDE), float(HIGH)), size=(WIDE, HIGH), px_per_mm=1 / 3)


def pixels(picture: Picture) -> np.ndarray:
    assert isinstance(picture, MarkedPicture)
    assert picture.plain is not None
    return np.asarray(picture.plain.convert("RGB"))


def place(result: StudyResult, k: int = K, level: str = "L3") -> Place:
    return Place(level=level, k=k, z_mm=result.volume.grid.slice_z_mm(float(k)))


@pytest.mark.parametrize(
    ("kind", "row"),
    [(kind, row) for kind, rows in CLASSES.items() for row in rows],
    ids=lambda v: getattr(v, "tissue", v),
)
def test_a_voxel_has_its_tissues_colour_exactly_within_the_window(result, kind, row) -> None:
    tissue = TISSUE[row.tissue]
    window = WINDOW[tissue.window]
    rooms, hu = body(REGION[tissue.region])
    values = (window.low_hu - 1, window.low_hu, window.high_hu, window.high_hu + 1)
    for n, value in enumerate(values):
        hu[K, 20 + n, 40] = value
    mine = study(result, rooms, hu, {"L3": K})
    shown = pixels(composition_pictures(mine, whole(mine), [place(mine)])[f"{kind} L3"])
    fill = 1.0 if kind == "quality" else COMPOSITION_FILL
    for n, value in enumerate(values):
        gray = int(canvas.windowed(np.array([value]))[0])
        expected = tuple(round(gray * (1 - fill) + c * fill) for c in row.colour)
        inside = window.low_hu <= value <= window.high_hu
        got = tuple(int(c) for c in shown[20 + n, 40])
        assert bool(np.abs(np.subtract(got, expected)).max() <= 1) is inside, value
    # the same HU in bone is no tissue: its pixel is as gray as the CT
    in_bone = study(result, np.where(rooms > 0, np.uint8(REGION["bone"]), rooms), hu, {"L3": K})
    plain = pixels(composition_pictures(in_bone, whole(in_bone), [place(in_bone)])[f"{kind} L3"])
    assert (plain[21, 40] == plain[21, 40][0]).all()


def test_all_muscle_is_shown_not_only_the_named_muscles(result) -> None:
    rooms, hu = body(hu_value=60)
    mine = study(result, rooms, hu, {"L3": K})
    shown = pixels(composition_pictures(mine, whole(mine), [place(mine)])["quality L3"])
    blue = (shown == QUALITY_CLASSES[0].colour).all(axis=2)
    assert blue.sum() == (HIGH - 8) * (WIDE - 8)


def test_enlarging_makes_no_class_that_is_not_there(result) -> None:
    rooms, hu = body(hu_value=60)
    hu[K, :, 40:] = np.where(hu[K, :, 40:] == 60, -100, hu[K, :, 40:])  # muscle beside its fat
    mine = study(result, rooms, hu, {"L3": K})
    frame = Frame.fitting((0.0, 0.0, float(WIDE), float(HIGH)), (3.0, 3.0), 250)
    shown = pixels(composition_pictures(mine, frame, [place(mine)])["quality L3"])
    blue, yellow, orange = ((shown == row.colour).all(axis=2).sum() for row in QUALITY_CLASSES)
    assert yellow == 0
    assert min(blue, orange) > 1000


def test_a_named_muscle_counts_as_wall_where_the_compartments_say_otherwise(result) -> None:
    rooms, hu = body(REGION["abdominal_cavity"], hu_value=60)
    mine = study(result, rooms, hu, {"L3": K})
    labels = np.zeros(rooms.shape, np.uint8)
    labels[K, 30, 30:33] = 1
    mine = replace(mine, segmentation=replace(mine.segmentation, labels=labels))
    shown = pixels(composition_pictures(mine, whole(mine), [place(mine)])["quality L3"])
    assert (shown == QUALITY_CLASSES[0].colour).all(axis=2).sum() == 3


def test_fat_beside_gas_has_no_colour_as_it_is_not_counted(result) -> None:
    rooms, hu = body(REGION["abdominal_cavity"], hu_value=-100)
    hu[K, 30, 40] = -900  # gas; voxels of 3 mm, so the reach is one voxel
    mine = study(result, rooms, hu, {"L3": K})
    shown = pixels(composition_pictures(mine, whole(mine), [place(mine)])["composition L3"])
    coloured = np.ptp(shown.astype(int), axis=2) > 0
    assert not coloured[29:32, 39:42].any()
    assert coloured[28, 38:43].all()
    counted = census(mine.volume, mine.segmentation, mine.slab).counts(TISSUE["visceral_fat"])
    assert coloured.sum() == counted[K]


@given(seed=st.integers(0, 2**31), side_mm=st.sampled_from([0.4, 0.8, 3.0]))
@settings(max_examples=12, deadline=None)
def test_what_is_drawn_is_what_is_counted(seed: int, side_mm: float) -> None:
    rng = np.random.default_rng(seed)
    rooms = rng.integers(0, 7, (2, 40, 50)).astype(np.uint8)  # 6 is no row: another program's
    rooms[:, :3] = rooms[:, -3:] = 0
    hu = rng.choice(np.array([-1000, -400, -191, -190, -150, -50, -30, -29, 29, 30, 150, 151]),
                    rooms.shape).astype(np.int16)  # fmt: skip
    grid = Grid.axial(rooms.shape, (5.0, side_mm, side_mm))
    volume = Volume(hu=hu, grid=grid, source_grid=grid)
    labels = (rng.random(rooms.shape) < 0.05).astype(np.uint8)
    segmentation = Segmentation(
        labels=labels, grid=grid, backend="mine", k_range=(0, 2), compartments=rooms
    )
    slab = Slab(superior_z_mm=9.0, inferior_z_mm=-9.0, superior_found=True, inferior_found=True)
    counted = census(volume, segmentation, slab)
    for rows in CLASSES.values():
        tissues = [(row.tissue, TISSUE[row.tissue].window) for row in rows]
        plane = countable(regions(segmentation, 1), hu[1], (side_mm, side_mm))
        drawn = np.bincount(tissue_codes(plane, hu[1], tissues).ravel(), minlength=len(rows) + 1)
        expected = [counted.counts(TISSUE[key])[1] for key, _ in tissues]
        assert list(drawn[1:]) == expected
        assert sum(expected) > 0


def test_legends_say_the_bounds_of_the_tables(result) -> None:
    rooms, hu = body(hu_value=60)
    mine = study(result, rooms, hu, {"L3": K})
    pictures = composition_pictures(mine, whole(mine), [place(mine)])
    assert [words for words, _ in pictures["quality L3"].legend] == [
        "NAMA  30 to 150 HU",
        "LAMA  -29 to 29 HU",
        "IMAT  -190 to -30 HU",
    ]
    assert [words for words, _ in pictures["composition L3"].legend] == [
        "muscle  -29 to 150 HU",
        "SAT  -190 to -30 HU",
        "VAT  -150 to -50 HU",
        "IMAT  -190 to -30 HU",
    ]
    for kind, rows in CLASSES.items():
        assert [c for _, c in pictures[f"{kind} L3"].legend] == [r.colour for r in rows]


def test_the_window_of_visceral_fat_is_the_one_of_the_run(result) -> None:
    rooms, hu = body(REGION["abdominal_cavity"], hu_value=-180)
    mine = study(result, rooms, hu, {"L3": K})
    wide = replace(
        mine,
        provenance=replace(
            mine.provenance,
            configuration=MappingProxyType({"visceral_window": "visceral_fat_wide"}),
        ),
    )
    narrow_shown, wide_shown = (
        composition_pictures(r, whole(r), [place(r)])["composition L3"] for r in (mine, wide)
    )
    assert ("VAT  -190 to -30 HU", COMPOSITION_CLASSES[2].colour) in wide_shown.legend
    coloured = [
        np.ptp(pixels(p).astype(int), axis=2)[30, 40] > 0 for p in (narrow_shown, wide_shown)
    ]
    assert coloured == [False, True]


def test_roles_sizes_and_order_of_a_whole_study(result) -> None:
    rooms, hu = body(hu_value=60)
    names = ("T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5", "S1")
    levels = {name: COUNT - 2 - 2 * n for n, name in enumerate(names)}
    mine = study(result, rooms, hu, levels)
    shown = measured_places(mine)
    assert [p.level for p in shown] == list(names[:-1])
    frame = figure.body_frame(mine.volume, shown)
    with_sacrum = [*shown, place(mine, levels["S1"], "S1")]
    pictures = composition_pictures(mine, frame, with_sacrum)
    roles = {f"{kind} {name}" for kind in CLASSES for name in (*names[:-1], "montage")}
    assert set(pictures) == roles | {"sagittal"}
    for role, picture in pictures.items():
        assert picture.image.width <= (1200 if "montage" in role else 640)
        assert picture.image.height <= 1000
        assert " " not in picture.name
    montage = pictures["quality montage"]
    said = [m.text for m in montage.marks if isinstance(m, Words) and m.text in LEVELS]
    assert said == list(names[:-1])
    texts = {m.text for m in pictures["quality L3"].marks if isinstance(m, Words)}
    assert {"L3", "R", "L", "5 cm", f"z {shown[5].z_mm:.1f} mm"} <= texts


def test_one_level_makes_no_montage_and_no_level_is_named_so(result) -> None:
    rooms, hu = body(hu_value=60)
    mine = study(result, rooms, hu, {})
    pictures = composition_pictures(mine, whole(mine), [place(mine, level="")])
    assert set(pictures) == {"quality slab_middle", "composition slab_middle", "sagittal"}
    assert "no vertebra was found" in pictures["sagittal"].caption


def test_no_tissue_picture_without_compartments(result, empty_result) -> None:
    for study_result in (result, empty_result):
        shown = figure.places(study_result)
        frame = figure.body_frame(study_result.volume, shown)
        assert set(composition_pictures(study_result, frame, shown)) == {"sagittal"}
    rooms, hu = body()
    nothing = study(result, np.zeros_like(rooms), hu, {"L3": K})
    assert set(composition_pictures(nothing, whole(nothing), [place(nothing)])) == {"sagittal"}


def test_a_slice_that_was_not_looked_at_says_so_and_has_no_colours(result) -> None:
    rooms, hu = body(hu_value=60)
    rooms[12:] = 0
    mine = study(result, rooms, hu, {"L1": 15, "L3": K})
    shown = measured_places(mine)
    pictures = composition_pictures(mine, figure.body_frame(mine.volume, shown), shown)
    for kind in CLASSES:
        unseen, seen = pictures[f"{kind} L1"], pictures[f"{kind} L3"]
        assert "not looked at" in unseen.caption
        assert "not looked at" not in seen.caption
        assert any(isinstance(m, Words) and m.text == "not looked at" for m in unseen.marks)
        assert np.ptp(pixels(unseen).astype(int), axis=2).max() == 0
        assert np.ptp(pixels(seen).astype(int), axis=2).max() > 0
        assert "L1: not looked at" in pictures[f"{kind} montage"].caption


# Machado, Oliveira and Fernandes 2009, doi 10.1109/TVCG.2009.113, severity 1, on linear RGB.
SIGHT = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip
LEAST_DELTA_E = 15.0
"""About 2.3 is just noticeable (Mahy 1994); small patches side by side need several times that."""


def lab(rgb, sight: str) -> np.ndarray:
    """CIELAB (D65) of an sRGB colour as seen with this sight; IEC 61966-2-1 and CIE 15."""
    c = np.asarray(rgb, float) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    seen = np.clip(SIGHT[sight] @ linear, 0, 1)
    xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
         [0.0193339, 0.1191920, 0.9503041]]
    ) @ seen / [0.95047, 1.0, 1.08883]  # fmt: skip
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def delta_e(one, other, sight: str) -> float:
    return float(np.linalg.norm(lab(one, sight) - lab(other, sight)))


def test_the_colour_distance_is_right_and_can_fail() -> None:
    assert delta_e((255, 255, 255), (0, 0, 0), "usual") == pytest.approx(100, abs=0.01)
    assert delta_e((0, 160, 0), (200, 80, 0), "usual") > 100
    assert delta_e((0, 158, 115), (213, 94, 140), "deuteranopia") < LEAST_DELTA_E


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("kind", CLASSES)
def test_colours_differ_for_everyone(kind: str, sight: str) -> None:
    fill = 1.0 if kind == "quality" else COMPOSITION_FILL
    colours = {}
    for row in CLASSES[kind]:
        window = WINDOW[TISSUE[row.tissue].window]
        middle = np.array([(window.low_hu + window.high_hu) // 2])
        gray = int(canvas.windowed(middle)[0])
        colours[row.short] = [gray * (1 - fill) + c * fill for c in row.colour]
    for one, other in combinations(colours, 2):
        assert delta_e(colours[one], colours[other], sight) >= LEAST_DELTA_E, (one, other)
    for name, colour in colours.items():
        for hu in (-1000, -100, 0, 60, 150, 400):  # air, fat, water, muscle, vessels, bone
            gray = int(canvas.windowed(np.array([hu]))[0])
            assert delta_e(colour, (gray,) * 3, sight) >= LEAST_DELTA_E, (name, hu)


@pytest.mark.parametrize("rows", CLASSES.values(), ids=list(CLASSES))
def test_every_class_is_a_row_of_the_tables(rows) -> None:
    regions_known = {c.key for c in COMPARTMENTS}
    for row in rows:
        assert TISSUE[row.tissue].region in regions_known
        assert TISSUE[row.tissue].window in WINDOW
    assert len({row.colour for row in rows}) == len(rows)


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - our own words


def test_an_svg_holds_real_text_legend_and_the_plain_pixels(result) -> None:
    rooms, hu = body(hu_value=60)
    mine = study(result, rooms, hu, {"L2": 14, "L3": K})
    shown = measured_places(mine)
    pictures = composition_pictures(mine, figure.body_frame(mine.volume, shown), shown)
    for role, picture in pictures.items():
        root = parsed(svg(picture))
        texts = [node.text for node in root.iter(f"{SVG}text")]
        marks = [m.text for m in picture.marks if isinstance(m, Words)]
        assert texts[: len(marks)] == marks
        assert [words for words, _ in picture.legend] == texts[len(marks) :][: len(picture.legend)]
        assert RESEARCH_USE_TITLE in " ".join(texts[len(marks) :])
        (image,) = root.iter(f"{SVG}image")
        data = image.attrib["href"].removeprefix("data:image/png;base64,")
        png = Image.open(io.BytesIO(base64.b64decode(data)))
        assert np.array_equal(np.asarray(png.convert("RGB")), pixels(picture)), role
        assert int(root.attrib["width"]) == png.width
        assert int(root.attrib["height"]) > png.height


def test_hostile_words_stay_words_in_an_svg() -> None:
    nasty = "<script>alert('1')</script> & \"]]> \x00\x0b\ud800\ufffe"
    image = Image.new("RGB", (60, 30))
    picture = MarkedPicture(
        "n", nasty, nasty, image, ((nasty, (1, 2, 3)),), image, (Words(at=(5, 5), text=nasty),)
    )
    text = svg(picture)
    assert "<script" not in text
    text.encode("utf-8")
    root = parsed(text)
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {
        "svg", "title", "desc", "rect", "image", "text", "line",
    }  # fmt: skip
    words = [node.text or "" for node in root.iter(f"{SVG}text")]
    assert words[0].startswith("<script>alert('1')</script> & \"]]>")


def test_any_picture_can_become_an_svg(result) -> None:
    shown = figure.places(result)
    picture = figure.axial(result, shown[0], figure.body_frame(result.volume, shown))
    texts = [node.text for node in parsed(svg(picture)).iter(f"{SVG}text")]
    assert [words for words, _ in picture.legend] == texts[: len(picture.legend)]


def test_the_sagittal_follows_a_curved_spine_and_draws_l3_on_its_slice(result) -> None:
    rooms, hu = body(hu_value=20)
    middles = {"L1": 16, "L3": K, "L5": 2}
    columns = {16: 30, K: 50, 2: 42}
    along = np.round(np.interp(np.arange(COUNT), sorted(columns), [42, 50, 30])).astype(int)
    for k, i in enumerate(along):
        hu[k, 36:42, i] = 700
    hu[K, 5:-5, along[K]] = 700  # on its own slice from front to back
    mine = study(result, rooms, hu, middles, spacing=(6.0, 3.0, 7.0))
    levels = {
        name: replace(
            level,
            centre_xy_mm=(-140.0 + 7.0 * columns[middles[name]], -90.0 + 3.0 * 39),
            confidence=0.3 if name == "L5" else 0.9,
        )
        for name, level in mine.landmarks.levels.items()
    }
    mine = replace(mine, landmarks=replace(mine.landmarks, levels=MappingProxyType(levels)))
    picture = composition_pictures(mine, whole(mine), [])["sagittal"]
    shown = pixels(picture)[:, :, 0]
    assert (shown.max(axis=1) == 255).all()  # the rod is on every row, not only on some
    texts = [m.text for m in picture.marks if isinstance(m, Words)]
    z = mine.volume.grid.slice_z_mm(float(K))
    assert {"L1", "L3", "L5 ?", "A", "P", f"z {z:.1f} mm"} <= set(texts)
    assert "uncertain: L5." in picture.caption
    (line,) = [m for m in picture.marks if isinstance(m, Stroke) and m.start[0] == 0]
    expected = (COUNT - 1 - K + 0.5) / COUNT * shown.shape[0]
    assert line.start[1] == line.end[1] == pytest.approx(expected, abs=0.01)
    assert "patient's front" in picture.sides_words
    across = np.flatnonzero((shown == 255).mean(axis=1) > 0.5)
    assert across.min() < expected < across.max()
    assert len(across) < shown.shape[0] / 10


def test_the_sagittal_says_that_l3_is_missing(result) -> None:
    rooms, hu = body(hu_value=20)
    mine = study(result, rooms, hu, {"L5": 3})
    picture = composition_pictures(mine, whole(mine), [])["sagittal"]
    assert "L3 was not found in this scan" in picture.caption
    assert not [m for m in picture.marks if isinstance(m, Stroke) and m.start[0] == 0]


@pytest.mark.parametrize("shape", [(1, 64, 96), (300, 20, 20), (2, 30, 400)])
def test_the_sagittal_stays_small_for_odd_scans(result, shape) -> None:
    hu = np.full(shape, 40, np.int16)
    mine = study(result, None, hu, {"L3": 0})
    picture = composition_pictures(mine, whole(mine), [])["sagittal"]
    assert picture.image.width <= 640
    assert 1 <= picture.image.height <= 640


def test_footers_wrap_and_dashes_are_dashed() -> None:
    marks, high = footer((("one", (1, 2, 3)), ("two", (3, 2, 1))), 90, "Image left is left.")
    right = [m.at[0] + canvas.font(m.size).getlength(m.text) for m in marks if isinstance(m, Words)]
    assert high > 60
    assert max(right) <= 90
    image = draw(Image.new("RGB", (30, 3)), [Stroke(start=(0, 1), end=(29, 1), dash=(3, 5))])
    assert "".join("#" if v else "." for v in np.asarray(image)[1, :16, 0]) == "###.....###....."


@pytest.mark.parametrize(("off_slices", "above"), [(0.4, 0), (0.5, 0), (0.6, 1), (-0.5, -1)])
def test_the_sagittal_line_of_l3_is_the_measured_slice_wherever_its_middle_lies(
    result, off_slices: float, above: int
) -> None:
    rooms, hu = body(hu_value=20)
    mine = study(result, rooms, hu, {"L1": 16, "L3": K, "L5": 2})
    found = dict(mine.landmarks.levels)
    found["L3"] = replace(found["L3"], mid_z_mm=found["L3"].mid_z_mm + off_slices * 6.0)
    landmarks = replace(mine.landmarks, levels=MappingProxyType(found))
    slab = replace(mine.slab, levels=level_slices(mine.volume.grid, landmarks))
    mine = replace(mine, landmarks=landmarks, slab=slab)
    picture = composition_pictures(mine, whole(mine), [])["sagittal"]
    (line,) = [m for m in picture.marks if isinstance(m, Stroke) and m.start[0] == 0]
    expected = (COUNT - 1 - (K + above) + 0.5) / COUNT * pixels(picture).shape[0]
    assert line.start[1] == line.end[1] == pytest.approx(expected, abs=0.01)
