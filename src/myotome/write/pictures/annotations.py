"""Words, lines and legends on a picture as data: drawn into a PNG, or kept as text in an SVG."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape

from PIL import Image, ImageDraw

from myotome.tables.outputs.wording import RESEARCH_USE_TITLE
from myotome.write.pictures import canvas
from myotome.write.pictures.canvas import Frame, Picture, Rgb
from myotome.write.pictures.palette import Box, written_over

FOOT_LINE = 22
SIDES = "Image left is the patient's right."
_MUTED: Rgb = (90, 100, 110)
_ACROSS = {"l": "start", "m": "middle", "r": "end"}
# parts of the font size from an anchor's line down to the baseline
_BASELINE = {"a": 0.95, "t": 0.75, "m": 0.35, "s": 0.0, "b": -0.2, "d": -0.22}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Text at (x, y) px; ``anchor`` as Pillow's. ``rim`` is a dark rim, for text on a CT."""

    at: tuple[float, float]
    text: str
    size: int = 15
    colour: Rgb = canvas.WHITE
    anchor: str = "la"
    rim: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A straight line in px; ``dash`` is (on, off) in px, None for a solid one."""

    start: tuple[float, float]
    end: tuple[float, float]
    colour: Rgb = canvas.WHITE
    width: int = 1
    dash: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Swatch:
    """A filled square of a legend, side in px."""

    at: tuple[float, float]
    colour: Rgb
    side: int = 12


Mark = Words | Stroke | Swatch


@dataclass(frozen=True, slots=True)
class MarkedPicture(Picture):
    """A picture that still knows its pixels without marks (``plain``) and its ``marks``.

    ``image`` is RGB; ``plain`` may have a palette (mode P), which the files then have too.
    ``sides_words`` says in the footer which way the picture looks.
    """

    plain: Image.Image | None = None
    marks: tuple[Mark, ...] = ()
    sides_words: str = SIDES

    def png(self) -> bytes:
        """The picture alone, for the report, which has its own legend."""
        return canvas.encoded(self._like_plain(self.image, []))

    def standalone(self) -> Image.Image:
        """The picture with legend and research-use line, RGB or with a palette."""
        foot, high = footer(self.legend, self.image.width, self.sides_words)
        out = Image.new("RGB", (self.image.width, self.image.height + high), canvas.PAPER)
        out.paste(self.image, (0, 0))
        below = (0, self.image.height, out.width, out.height)
        return self._like_plain(draw(out, moved(foot, 0, self.image.height)), [below])

    def _like_plain(self, image: Image.Image, more: Sequence[Box]) -> Image.Image:
        if self.plain is None or self.plain.mode != "P":
            return image
        return written_over(image, self.plain, [*boxes(self.marks), *more])


def marked(
    words: tuple[str, str, str],
    plain: Image.Image,
    marks: Sequence[Mark],
    legend: tuple[tuple[str, Rgb], ...] = (),
    *,
    sides_words: str = SIDES,
) -> MarkedPicture:
    """A finished picture; ``words`` are its (name, title, caption)."""
    image = draw(plain.copy() if plain.mode == "RGB" else plain.convert("RGB"), marks)
    return MarkedPicture(*words, image, legend, plain, tuple(marks), sides_words)


def draw(image: Image.Image, marks: Sequence[Mark]) -> Image.Image:
    """Draw marks into an image, in order, and return it."""
    pen = ImageDraw.Draw(image)
    for mark in marks:
        match mark:
            case Words():
                _write(pen, mark)
            case Stroke():
                for piece in _pieces(mark):
                    pen.line(piece, fill=mark.colour, width=mark.width)
            case Swatch(at=(x, y), colour=colour, side=side):
                pen.rectangle([x, y, x + side - 1, y + side - 1], fill=colour)
    return image


def boxes(marks: Iterable[Mark]) -> Iterator[Box]:
    """What each mark may touch when it is drawn."""
    pen = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    for mark in marks:
        match mark:
            case Words(at=at, text=text, size=size, anchor=anchor):
                font, rim = canvas.font(size), max(1, size // 9)
                around = pen.textbbox(at, text, font=font, anchor=anchor, stroke_width=rim)
            case Stroke(start=(x0, y0), end=(x1, y1), width=wide):
                left, right = sorted((x0, x1))
                top, bottom = sorted((y0, y1))
                around = left - wide, top - wide, right + wide, bottom + wide
            case Swatch(at=(x, y), side=side):
                around = x, y, x + side, y + side
        first_x, first_y, last_x, last_y = (int(edge) for edge in around)
        yield first_x - 1, first_y - 1, last_x + 2, last_y + 2


def _write(pen: ImageDraw.ImageDraw, mark: Words) -> None:
    if mark.rim:
        canvas.say(pen, mark.at, mark.text, size=mark.size, colour=mark.colour, anchor=mark.anchor)
        return
    font = canvas.font(mark.size)
    pen.text(mark.at, mark.text, fill=mark.colour, font=font, anchor=mark.anchor)


def _pieces(line: Stroke) -> list[list[tuple[float, float]]]:
    if line.dash is None:
        return [[line.start, line.end]]
    (x0, y0), (x1, y1) = line.start, line.end
    length = max(1e-6, ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5)
    on, off = line.dash

    def at(distance: float) -> tuple[float, float]:
        part = min(1.0, distance / length)
        return x0 + part * (x1 - x0), y0 + part * (y1 - y0)

    starts = range(0, int(length) + 1, on + off)
    return [[at(start), at(start + on - 1)] for start in starts]


def moved(marks: Sequence[Mark], right: float, down: float) -> tuple[Mark, ...]:
    """The same marks elsewhere on the picture, px."""

    def there(point: tuple[float, float]) -> tuple[float, float]:
        return point[0] + right, point[1] + down

    return tuple(
        replace(mark, start=there(mark.start), end=there(mark.end))
        if isinstance(mark, Stroke)
        else replace(mark, at=there(mark.at))
        for mark in marks
    )


def scale_bar(frame: Frame, *, size: int = 13, length_mm: float = 50.0) -> tuple[Mark, ...]:
    """A bar of 5 cm at the lower right."""
    wide, high = frame.size
    right, y = wide - 14.0, high - 14.0
    left = right - length_mm * frame.px_per_mm
    words = f"{length_mm / 10:.0f} cm"
    return (
        Stroke(start=(left, y), end=(right, y), colour=(0, 0, 0), width=6),
        Stroke(start=(left + 1, y), end=(right - 1, y), width=3),
        Words(at=((left + right) / 2, y - 6), text=words, size=size, anchor="mb"),
    )


def sides(size: tuple[int, int], *, left: str, right: str, px: int = 20) -> tuple[Mark, ...]:
    """The patient's sides at the left and right edge of the picture."""
    y = size[1] / 2
    return (
        Words(at=(10, y), text=left, size=px, anchor="lm"),
        Words(at=(size[0] - 10, y), text=right, size=px, anchor="rm"),
    )


def footer(
    legend: Sequence[tuple[str, Rgb]], width: int, sides_words: str
) -> tuple[tuple[Mark, ...], int]:
    """Legend, research-use line and sides for a white strip of ``width`` px, and its height."""
    marks: list[Mark] = []
    x, y, room = 12.0, 8.0, width - 12
    for words, colour in legend:
        need = 17 + float(canvas.font(14).getlength(words))
        if x > 12 and x + need > room:
            x, y = 12.0, y + FOOT_LINE
        marks += [
            Swatch(at=(x, y + 3), colour=colour),
            Words(at=(x + 17, y), text=words, size=14, colour=canvas.INK, rim=False),
        ]
        x += need + 10
    y += FOOT_LINE if legend else 0
    for line in _wrapped(f"{RESEARCH_USE_TITLE} {sides_words}", room - 12):
        marks.append(Words(at=(12, y + 1), text=line, size=13, colour=_MUTED, rim=False))
        y += FOOT_LINE
    return tuple(marks), round(y + 4)


def _wrapped(text: str, room: float) -> list[str]:
    """Lines that fit, broken between words."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and canvas.font(13).getlength(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def svg(picture: Picture) -> str:
    """The picture as SVG: its pixels embedded, its words real text, legend and footer below.

    It holds no script and no link to another file; every word is escaped.
    """
    plain, sides_words = picture.image, SIDES
    marks: tuple[Mark, ...] = ()  # of other pictures the words are pixels already
    if isinstance(picture, MarkedPicture):
        plain, marks = picture.plain or picture.image, picture.marks
        sides_words = picture.sides_words
    wide, high = plain.size
    foot, strip = footer(picture.legend, wide, sides_words)
    pixels = base64.b64encode(canvas.encoded(plain)).decode("ascii")
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high + strip}" '
            f'viewBox="0 0 {wide} {high + strip}" role="img" '
            'font-family="Helvetica, Arial, sans-serif">',
            f"<title>{_safe(picture.title)}</title>",
            f"<desc>{_safe(picture.caption)}</desc>",
            f'<rect width="{wide}" height="{high + strip}" fill="#ffffff"/>',
            f'<image width="{wide}" height="{high}" href="data:image/png;base64,{pixels}"/>',
            *(_element(mark) for mark in marks),
            *(_element(mark) for mark in moved(foot, 0, high)),
            "</svg>\n",
        )
    )


def _element(mark: Mark) -> str:
    match mark:
        case Words():
            return _text(mark)
        case Stroke(start=(x0, y0), end=(x1, y1)):
            dash = "" if mark.dash is None else f' stroke-dasharray="{mark.dash[0]} {mark.dash[1]}"'
            return (
                f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" '
                f'stroke="{_hex(mark.colour)}" stroke-width="{mark.width}"{dash}/>'
            )
        case Swatch(at=(x, y), colour=colour, side=side):
            place = f'x="{x:.1f}" y="{y:.1f}" width="{side}" height="{side}"'
            return f'<rect {place} fill="{_hex(colour)}"/>'


def _text(mark: Words) -> str:
    across, upright = mark.anchor[0], mark.anchor[1]
    x, y = mark.at[0], mark.at[1] + _BASELINE[upright] * mark.size
    rim = 2 * max(1, mark.size // 9)
    edge = f' stroke="#000000" stroke-width="{rim}" stroke-linejoin="round" paint-order="stroke"'
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{mark.size}" '
        f'text-anchor="{_ACROSS[across]}" fill="{_hex(mark.colour)}"{edge if mark.rim else ""}>'
        f"{_safe(mark.text)}</text>"
    )


def _hex(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _safe(text: str) -> str:
    """Escaped for XML; a blank in place of each character that XML cannot hold."""
    return escape("".join(c if c.isprintable() else " " for c in text))
