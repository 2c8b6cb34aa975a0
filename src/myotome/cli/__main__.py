"""``python -m myotome.cli``: the command line without its script."""

from myotome.cli.app import main

main()
