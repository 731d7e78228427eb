"""Scenes x looks x sizes of an installed CLI, recorded on the scripted API and scored."""
