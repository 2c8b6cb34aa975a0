"""Files in, one Volume out: :mod:`files`, :mod:`catalogue`, :mod:`choose`, :mod:`assemble`."""
