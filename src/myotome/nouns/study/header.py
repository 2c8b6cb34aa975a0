"""What the header of one series says of its scan, and what follows from its slices."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesHeader:
    """Technical facts of one stack, typed, without identifiers.

    ``tables.series.header`` has one row per field: its DICOM attributes, what it is about.

    A number is None, a text or tuple empty, where nothing is known; never 0 for unknown. Lengths
    are mm along patient axes: ``step_mm`` the distance of slices, ``extent_mm`` the stack's
    length, ``field_mm`` the smaller side of the image, ``pixel_spacing_mm`` row and column step.
    ``obliquity_deg`` is the angle of the stack and the body axis, ``tilt_deg`` that of the
    stack and its slices' normal. ``lost_slices``, ``repaired`` (no UIDs) tell of reading,
    ``geometry_fault`` why the slices cannot be placed, ``position_fits`` whether the direction
    cosines are usual for the position on the table. ``unlike_images`` counts those of the
    stack that do not belong there, ``mixed`` names what varies among many, ``left_out_images``
    those of the same series that lie elsewhere and differ ``left_out_for``,
    ``elsewhere_images`` those of other series that belong to the same scan;
    ``lossy_images`` counts those that were compressed with loss,
    ``namesake_images`` images that share their UID with another of the stack,
    ``expected_images`` is how many there should be (None: no fewer than there are),
    ``unread_files`` how many beside them could not be read, by ``unread_kinds``;
    ``sample_min``, ``sample_max`` and ``looks_like_labels`` tell of a NIfTI's first values.
    ``kev`` is the energy of a monoenergetic image, ``derived_as`` what words of its derivation
    say that it is (a key of ``tables.series.derived``).
    ``patient_age_years`` is the age as said, else ``dated_age_years``, whole years from the birth
    date to the study; ``age_contradicts`` tells whether both or the dates cannot be.
    What describes the person (never who it is) is left out of ``repr``.
    """

    kvp: float | None = None
    exposure_mas: float | None = None
    tube_current_ma: float | None = None
    gantry_tilt_header_deg: float | None = None
    reconstruction_diameter_mm: float | None = None
    collection_diameter_mm: float | None = None
    lossy_images: int | None = None
    spacing_between_slices_mm: float | None = None
    kernel: str = ""
    manufacturer: str = ""
    model: str = ""
    protocol: str = ""
    body_part: str = ""
    patient_position: str = ""
    position_fits: bool | None = None
    image_type: tuple[str, ...] = ()
    kev: float | None = None
    derived_as: str = ""
    sop_class_uid: str = ""

    contrast_agent: str = ""
    contrast_route: str = ""
    contrast_volume_ml: float | None = None

    procedure_codes: tuple[tuple[str, str], ...] = ()
    cpt: tuple[str, ...] = ()
    study_region: str = ""
    study_contrast: str = ""

    rows: int | None = None
    columns: int | None = None
    bits_allocated: int | None = None
    samples_per_pixel: int | None = None
    photometric: str = ""
    rescale_type: str = ""
    dtype: str = ""
    sample_min: float | None = None
    sample_max: float | None = None
    looks_like_labels: bool | None = None

    dimensions: int | None = None
    slices: int | None = None
    has_geometry: bool | None = None
    geometry_fault: str = ""
    slice_thickness_mm: float | None = None
    pixel_spacing_mm: tuple[float, float] | None = None
    field_mm: float | None = None
    step_mm: float | None = None
    extent_mm: float | None = None
    obliquity_deg: float | None = None
    tilt_deg: float | None = None
    gaps: int | None = None
    repeats: int | None = None
    even: bool | None = None
    lost_slices: int | None = None
    repaired: bool | None = None
    unlike_images: int | None = None
    mixed: tuple[str, ...] = ()
    left_out_images: int | None = None
    left_out_for: tuple[str, ...] = ()
    elsewhere_images: int | None = None
    elsewhere_series: tuple[str, ...] = ()
    namesake_images: int | None = None
    expected_images: int | None = None
    unread_files: int | None = None
    unread_kinds: tuple[str, ...] = ()

    patient_sex: str | None = field(default=None, repr=False)
    patient_age_years: float | None = field(default=None, repr=False)
    dated_age_years: float | None = field(default=None, repr=False)
    age_contradicts: bool | None = None
    patient_height_cm: float | None = field(default=None, repr=False)
    patient_weight_kg: float | None = field(default=None, repr=False)
