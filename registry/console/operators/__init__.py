"""The operators' console: whether the registry runs, its members, its log, its keys. It shows no record."""
