"""Pictures of 256 colours show what the pictures of all colours show."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from myotome.write.pictures import canvas
from myotome.write.pictures.annotations import Stroke, Swatch, Words, boxes, draw, marked
from myotome.write.pictures.canvas import Picture
from myotome.write.pictures.palette import GRAYS, Palette, reduced, written_over

BLUE, ORANGE = (0, 114, 178), (213, 94, 0)
STEP = 255 / (GRAYS - 1)
KNOWN_TO = 4
"""Pillow looks the nearest colour up in steps of 4."""


def ramp(high: int = 60, wide: int = 256) -> np.ndarray:
    return np.broadcast_to(np.linspace(0, 255, wide).astype(np.uint8), (high, wide)).copy()


def plain(palette: Palette) -> Image.Image:
    """Grays, and a block of the first shade."""
    indices = palette.gray[ramp()]
    indices[20:40, 100:150] = palette.shade[0]
    return palette.picture(indices)


def rgb(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB")).astype(int)


def test_a_palette_has_every_gray_within_a_step_and_each_shade_exactly() -> None:
    palette = Palette.of([BLUE, ORANGE])
    grays = palette.colours[palette.gray].astype(int)
    assert (grays == grays[:, :1]).all()
    assert np.abs(grays[:, 0] - np.arange(256)).max() <= STEP
    assert (grays[0] == 0).all()
    assert (grays[255] == 255).all()
    assert [tuple(palette.colours[n]) for n in palette.shade] == [BLUE, ORANGE]
    assert len(palette.colours) <= 256


def test_as_many_grays_as_asked_for_and_no_fewer_than_can_be_looked_at() -> None:
    assert len(set(Palette.of([], most=120).gray)) == 120
    with pytest.raises(ValueError, match="too few grays"):
        Palette.of([(n, 0, n) for n in range(230)])


def test_what_is_not_written_over_keeps_its_very_colour() -> None:
    below = plain(Palette.of([BLUE]))
    image = below.convert("RGB")
    image.paste((255, 255, 255), (10, 10, 30, 20))
    out = written_over(image, below, [(10, 10, 30, 20), (-5, -5, 2, 2), (300, 0, 310, 5)])
    assert out.mode == "P"
    assert np.array_equal(rgb(out)[5:], rgb(image)[5:])


def test_a_footer_below_the_plain_picture_is_kept() -> None:
    below = plain(Palette.of([BLUE], [ORANGE]))
    image = Image.new("RGB", (256, 90), (255, 255, 255))
    image.paste(below.convert("RGB"), (0, 0))
    image.paste(ORANGE, (5, 70, 15, 80))
    out = rgb(written_over(image, below, [(0, 60, 256, 90)]))
    assert (out[60:70] == 255).all()
    assert (out[70:80, 5:15] == ORANGE).all()


@given(
    at=st.tuples(st.floats(-20, 90), st.floats(-20, 70)),
    end=st.tuples(st.floats(-20, 90), st.floats(-20, 70)),
    text=st.text("L3xgÄ-.5 ", min_size=1, max_size=8),
    size=st.integers(8, 26),
    anchor=st.sampled_from(["la", "ra", "lm", "rm", "mb", "lb"]),
)
@settings(max_examples=60, deadline=None)
def test_no_mark_is_drawn_beyond_its_box(at, end, text, size, anchor) -> None:
    for mark in (
        Words(at=at, text=text, size=size, anchor=anchor),
        Words(at=at, text=text, size=size, anchor=anchor, rim=False),
        Stroke(start=at, end=end, width=1 + size // 5),
        Stroke(start=(at[0], 30.0), end=(end[0], 30.0), dash=(3, 5)),
        Swatch(at=at, colour=ORANGE),
    ):
        gray = Image.new("RGB", (80, 60), (90, 91, 92))
        touched = (np.asarray(draw(gray.copy(), [mark])) != np.asarray(gray)).any(axis=2)
        for left, top, right, bottom in boxes([mark]):
            touched[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = False
        assert not touched.any(), mark


def test_both_files_of_a_marked_picture_show_it() -> None:
    marks = (
        Words(at=(8, 6), text="L3", size=24),
        Words(at=(120, 30), text="over a colour", size=13, colour=(255, 214, 92)),
        Stroke(start=(0, 50), end=(255, 50), width=2),
    )
    palette = Palette.of([BLUE], [ORANGE])
    picture = marked(("a", "A", "a."), plain(palette), marks, (("first", BLUE), ("next", ORANGE)))
    wanted = rgb(picture.image)
    for png in (picture.png(), picture.standalone_png()):
        image = Image.open(io.BytesIO(png))
        assert image.mode == "P"
        got = rgb(image)[: wanted.shape[0]]
        assert np.abs(got - wanted)[:, :, 1].mean() < 1.0
        white = (wanted == 255).all(axis=2)
        assert white.sum() > 500
        assert (got[white] == 255).all()
        assert (got[32:39, 102:118] == BLUE).all()
    footer = rgb(image)[wanted.shape[0] :]
    assert (footer[-1] == 255).all()
    for colour in (BLUE, ORANGE):
        assert (footer == colour).all(axis=2).sum() >= 100


def test_the_report_shows_a_picture_with_fewer_colours_that_look_the_same() -> None:
    rng = np.random.default_rng(4)
    gray = np.clip(ramp(120, 240) + rng.normal(0, 12, (120, 240)), 0, 255).astype(np.uint8)
    labels = np.zeros(gray.shape, np.uint8)
    labels[30:60, 40:100], labels[70:100, 120:200] = 1, 2
    image = Image.fromarray(canvas.blended(gray, labels, {1: BLUE, 2: ORANGE}))
    canvas.say(canvas.ImageDraw.Draw(image), (10, 8), "L3", size=24)
    picture = Picture("a", "A", "a.", image, (("first", BLUE), ("next", ORANGE)))
    small = Image.open(io.BytesIO(picture.png()))
    assert small.mode == "P"
    error = np.abs(rgb(small) - rgb(image)).max(axis=2)
    assert error[labels == 0].max() <= STEP + KNOWN_TO
    assert error[labels > 0].mean() <= STEP
    assert len(picture.png()) < 0.6 * len(canvas.encoded(image))


@pytest.mark.parametrize("value", [0, 7, 255])
def test_a_picture_of_one_gray_stays_that_gray(value: int) -> None:
    got = rgb(reduced(Image.new("RGB", (20, 10), (value,) * 3)))
    assert np.abs(got - value).max() <= STEP
    assert (got == got[0, 0, 0]).all()
    if value in (0, 255):
        assert (got == value).all()
