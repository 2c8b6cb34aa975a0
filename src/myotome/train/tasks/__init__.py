"""What can be trained: one row each, so that loop, checkpoint and export know none of them."""
