"""Rules, words and kernels by which a series is chosen."""
