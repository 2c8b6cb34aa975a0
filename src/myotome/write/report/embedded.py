"""A picture as the report embeds it: bytes in the page, words beside it."""

from __future__ import annotations

import base64
from typing import Any

from myotome.write.pictures.canvas import Picture


def hex_colour(colour: tuple[int, int, int]) -> str:
    """A colour as HTML writes it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def embedded(picture: Picture) -> dict[str, Any]:
    """What the templates print of a picture: a data URI, size, title, caption and legend."""
    return {
        "uri": "data:image/png;base64," + base64.b64encode(picture.png()).decode("ascii"),
        "title": picture.title,
        "caption": picture.caption,
        "width": picture.image.width,
        "height": picture.image.height,
        "legend": [
            (words.replace("-", "\u2212"), hex_colour(colour)) for words, colour in picture.legend
        ],
    }
