"""Cross-sections with closed-form areas: superellipses, tapered ring sectors, cut ellipses.

All are functions of z, given as a scalar or as an array that broadcasts against x and y (a
column per image row, for planes tilted against the table). ``distance`` is the signed distance
to the outline in mm to first order: negative inside, good near the outline, where it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gamma, pi
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from myotome.phantom.body.profiles import Float, Profile

Float32 = NDArray[np.float32]
Box = tuple[float, float, float, float]

_TAPER = 4
"""Ring sectors thin out towards their ends as 1 - |t|**4, so 4/5 of the full area is left."""


class Shape(Protocol):
    """What the renderer and the truth need of a cross-section. Lengths in LPS mm."""

    @property
    def breaks_mm(self) -> tuple[float, ...]:
        """Where the area's formula changes."""

    def area_mm2(self, z_mm: Float) -> Float:
        """Area of the axial cut at z."""

    def box_mm(self, z_mm: Float) -> Box:
        """Bounds (x low, x high, y low, y high) over all given z."""

    def distance_mm(self, z_mm: Float, x: Float32, y: Float32) -> Float32:
        """Signed distance at points (x, y) of the plane(s) z."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Superellipse:
    """|u/a|**n + |v/b|**n <= 1 about (cx, cy), turned by ``turn_rad`` (x towards y)."""

    cx: Profile
    cy: Profile
    a: Profile
    b: Profile
    n: float = 2.0
    turn_rad: float = 0.0

    @property
    def breaks_mm(self) -> tuple[float, ...]:
        """Where the area's formula changes."""
        return self.a.breaks_mm + self.b.breaks_mm

    def area_mm2(self, z_mm: Float) -> Float:
        """4ab G(1+1/n)^2 / G(1+2/n); pi a b for n = 2."""
        n = self.n
        factor = 4 * gamma(1 + 1 / n) ** 2 / gamma(1 + 2 / n)
        return factor * self.a(z_mm) * self.b(z_mm)

    def box_mm(self, z_mm: Float) -> Box:
        """Bounds over all given z (of the bounding rectangle, if turned)."""
        cx, cy, a, b = self.cx(z_mm), self.cy(z_mm), self.a(z_mm), self.b(z_mm)
        c, s = abs(np.cos(self.turn_rad)), abs(np.sin(self.turn_rad))
        rx, ry = a * c + b * s, a * s + b * c
        return _bounds(cx - rx, cx + rx, cy - ry, cy + ry)

    def distance_mm(self, z_mm: Float, x: Float32, y: Float32) -> Float32:
        """Signed distance by f/|grad f|, f = (|u/a|^n + |v/b|^n)^(1/n) - 1."""
        cx, cy, a, b = (_f32(p(z_mm)) for p in (self.cx, self.cy, self.a, self.b))
        dx, dy = x - cx, y - cy
        if self.turn_rad:
            c, s = np.float32(np.cos(self.turn_rad)), np.float32(np.sin(self.turn_rad))
            dx, dy = dx * c + dy * s, dy * c - dx * s
        a, b = np.maximum(a, np.float32(1e-3)), np.maximum(b, np.float32(1e-3))
        u, v = np.abs(dx / a) + np.float32(1e-6), np.abs(dy / b) + np.float32(1e-6)
        if self.n == 2.0:
            f = np.sqrt(u * u + v * v)
            slope = np.sqrt((u / a) ** 2 + (v / b) ** 2) / f
            return _f32((f - 1) / slope)
        m = np.float32(self.n - 1)
        um, vm = u**m, v**m
        power = um * u + vm * v
        f = power ** np.float32(1 / self.n)
        slope = np.sqrt((um / a) ** 2 + (vm / b) ** 2) * f / power
        return _f32((f - 1) / slope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Elliptic polar coordinates about x = 0, y = 0: x = a r sin(t), y = -b r cos(t).

    So r = 1 is the ellipse of semi-axes a, b; t = 0 is anterior, t > 0 towards +x (left).
    """

    a: Profile
    b: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class RingSector:
    """|r - middle| <= thick (1 - |(t - centre)/half|**4), in a :class:`Frame`. Angles in rad.

    ``side`` is +1 for the patient's left, -1 for right: angles count from anterior to it.
    """

    frame: Frame
    side: int
    centre: Profile
    half: Profile
    middle: Profile
    thick: Profile

    @property
    def breaks_mm(self) -> tuple[float, ...]:
        """Where the area's formula changes."""
        parts = (self.frame.a, self.frame.b, self.half, self.middle, self.thick)
        return tuple(b for p in parts for b in p.breaks_mm)

    def area_mm2(self, z_mm: Float) -> Float:
        """A*b * integral of 2 r thick(t) dt = 4 a b r thick half * 4/5."""
        stretch = self.frame.a(z_mm) * self.frame.b(z_mm)
        extent = self.middle(z_mm) * self.thick(z_mm) * self.half(z_mm)
        return np.asarray(4 * _TAPER / (_TAPER + 1) * stretch * extent)

    def box_mm(self, z_mm: Float) -> Box:
        """Bounds over all given z."""
        t0 = np.asarray(self.centre(z_mm) - self.half(z_mm))[..., None]
        t1 = np.asarray(self.centre(z_mm) + self.half(z_mm))[..., None]
        t = t0 + (t1 - t0) * np.linspace(0, 1, 33)
        r = self.middle(z_mm)[..., None], self.thick(z_mm)[..., None]
        a, b = self.frame.a(z_mm)[..., None], self.frame.b(z_mm)[..., None]
        xs = [self.side * a * rr * np.sin(t) for rr in (r[0] - r[1], r[0] + r[1])]
        ys = [-b * rr * np.cos(t) for rr in (r[0] - r[1], r[0] + r[1])]
        x0, x1, y0, y1 = _bounds(np.minimum(*xs), np.maximum(*xs), np.minimum(*ys), np.maximum(*ys))
        return (x0 - 1, x1 + 1, y0 - 1, y1 + 1)

    def distance_mm(self, z_mm: Float, x: Float32, y: Float32) -> Float32:
        """Signed distance by f/|grad f|, f = |r - middle|/thick + |t|**4 - 1."""
        a, b = _f32(self.frame.a(z_mm)), _f32(self.frame.b(z_mm))
        ex, ey = x * np.float32(self.side) / a, -y / b
        r = np.sqrt(ex * ex + ey * ey) + np.float32(1e-6)
        angle = np.arctan2(ex, ey)
        half = np.maximum(_f32(self.half(z_mm)), np.float32(1e-3))
        thick = np.maximum(_f32(self.thick(z_mm)), np.float32(1e-5))
        t = (angle - _f32(self.centre(z_mm))) / half
        dr = (r - _f32(self.middle(z_mm))) / thick
        t2 = t * t
        f = np.abs(dr) + t2 * t2 - 1
        # f's gradient in (x, y): dr/dx, dr/dy and dt/dx, dt/dy of the elliptic coordinates.
        sign, dt = np.sign(dr) / thick, 4 * t2 * t / half
        gx = (sign * ex / r + dt * ey / (r * r)) / a
        gy = (sign * ey / r - dt * ex / (r * r)) / b
        return _f32(f / np.sqrt(gx * gx + gy * gy + np.float32(1e-12)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CutEllipse:
    """The part of a frame's ellipse r <= ``radius`` that lies in front of y = ``back``."""

    frame: Frame
    radius: Profile
    back: Profile

    @property
    def breaks_mm(self) -> tuple[float, ...]:
        """Where the area's formula changes."""
        parts = (self.frame.a, self.frame.b, self.radius, self.back)
        return tuple(b for p in parts for b in p.breaks_mm)

    def area_mm2(self, z_mm: Float) -> Float:
        """A circle's segment, stretched: a b r^2 (pi - acos(h) + h sqrt(1 - h^2))."""
        r = self.radius(z_mm)
        h = np.clip(self.back(z_mm) / (self.frame.b(z_mm) * r), -1, 1)
        unit = pi - np.arccos(h) + h * np.sqrt(1 - h * h)
        return np.asarray(self.frame.a(z_mm) * self.frame.b(z_mm) * r * r * unit)

    def box_mm(self, z_mm: Float) -> Box:
        """Bounds over all given z."""
        rx = self.frame.a(z_mm) * self.radius(z_mm)
        ry = self.frame.b(z_mm) * self.radius(z_mm)
        return _bounds(-rx, rx, -ry, self.back(z_mm))

    def distance_mm(self, z_mm: Float, x: Float32, y: Float32) -> Float32:
        """Signed distance: the larger of the ellipse's and the plane's."""
        a, b = _f32(self.frame.a(z_mm)), _f32(self.frame.b(z_mm))
        u, v = x / a, y / b
        r = np.sqrt(u * u + v * v) + np.float32(1e-6)
        slope = np.sqrt((u / a) ** 2 + (v / b) ** 2) / r
        ellipse = (r - _f32(self.radius(z_mm))) / (slope + np.float32(1e-9))
        return _f32(np.maximum(ellipse, y - _f32(self.back(z_mm))))


def _f32(values: object) -> Float32:
    return np.asarray(values, dtype=np.float32)


def _bounds(x0: Float, x1: Float, y0: Float, y1: Float) -> Box:
    return (float(x0.min()), float(x1.max()), float(y0.min()), float(y1.max()))
