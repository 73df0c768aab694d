"""The `registry-client` command: check the registry from outside.

A group of commands is a module with a function `register(groups)`; `app.REGISTER` lists them.
"""
