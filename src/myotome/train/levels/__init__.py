"""The network that finds vertebrae and lungs: what it learns from, and how it is judged."""
