"""Houmao against the real CLIs, with a scripted model API as the witness of what happened.

Not collected by pytest: `python -m tests.live --help`. It needs the CLIs on the PATH (or in
`--bin`) and the scripted API's file, and touches neither the network nor any real account.
"""
