"""Names of the files that masks are written to, and read together from."""

from __future__ import annotations

SLAB_FILE = "segmentation.nii.gz"
"""The muscles on the slices of the slab: what volumes are counted from."""

BEYOND_FILE = "segmentation_beyond.nii.gz"
"""The muscles on all other slices: levels beyond the slab. Left out where there are none."""

WEIGHTS_FILE = "slab_weights.json"
"""The share of each slice in the slab."""

COMPARTMENTS_FILE = "compartments.nii.gz"
"""The body compartments on all slices. Left out where the backend gives none."""
