"""`python -m houmao.agents.mailbox_runtime_support resolve-live`, as agents were taught to ask.

Only the name of the module is here; the command line answers.
"""

import runpy
import sys

if __name__ == "__main__":
    sys.argv[1:1] = ["agents", "mail"]
    runpy.run_module("houmao.cli", run_name="__main__")
