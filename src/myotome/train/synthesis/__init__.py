"""CTs made from label maps."""
