"""The teller: a process of its own that answers questions about people, seals the trace of each, and signs for it.

An API process reads questions, knows who asks, and hands them over a socket; the teller gathers them into transactions.
So the work of an answer spreads over two cores, and whoever breaks into the API finds no key that signs receipts.
"""
