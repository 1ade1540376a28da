"""`python -m gotop`."""

from gotop.cli.main import main

main()
