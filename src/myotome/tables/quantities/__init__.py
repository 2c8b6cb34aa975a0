"""What is measured: quantities, tissues, HU windows, indices."""
