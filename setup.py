"""Entry for installers that ask for this file; setup.cfg says everything."""

from setuptools import setup

setup()
