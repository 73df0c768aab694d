"""A process of its own that holds the receipts' key: it signs what the API has made durable, and can do nothing else.

It spares the API's processes a fifth of their work on a second core, and whoever breaks into one of them finds no key
that signs receipts.
"""
