"""Sound studies spoiled at random, in thousands of ways: is anything wrong told?

``kinds`` names the ways, ``scenes`` makes the sound studies, ``trial`` runs one and judges it.
The suite runs 200 of them, ``python -m benchmarks.mutations`` thousands.
"""
