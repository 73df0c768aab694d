"""Check the registry from outside: a copy of its log, an export, a file of receipts. No database, no server, no trust.

What is checked with is the standard library, Ed25519 from `cryptography`, and canonical JSON. Every function takes a
source of files and keys that were got apart from them, and says what is wrong and at which index.
"""
