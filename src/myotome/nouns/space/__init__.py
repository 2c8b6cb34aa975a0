"""Where voxels, masks and landmarks are: grids and what lies on them."""
