"""Agent definitions, the brains built of them, and how a brain is launched.

Reads definition folders and writes runtime homes; knows no tmux, no registry, no running agent.
"""
