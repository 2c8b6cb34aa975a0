"""How good the bundled networks are: what `docs/models.md` is made from.

``python -m benchmarks.models all --data DATA --held-out listing.json -o OUT`` measures everything
and puts the small results into ``docs/measured`` and ``docs/pictures``.
"""
