"""`registry demo`: the whole story with made-up people, told through real processes, real HTTP and the members' SDK.

Nothing here knows the inside of the registry: it runs the operator's commands, calls the members' SDK, and, to show
that tampering is found, breaks into the database as nobody should. Each scene checks what it claims, and a claim that
does not hold ends the demo with exit status 1.
"""
