"""`python -m houmao.cli` is `houmao-mgr`."""

from houmao.cli.main import main

main(prog_name="houmao-mgr")
