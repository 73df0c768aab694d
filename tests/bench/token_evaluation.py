"""Token evaluation with a proof against libsodium's bare multiplications, two for each element (platform.md, 3)."""

import secrets
import time

import cffi

from registry.crypto import oprf
from registry_formats import sodium, voprf

_ROUNDS = 5


def measure() -> float:
    """Return the CPU time of two bare multiplications an element over that of a proved evaluation; the goal is 0.6."""
    pair = oprf.derive_key_pair(secrets.token_bytes(32), b"bench")
    scalars = [sodium.reduce(secrets.token_bytes(sodium.UNIFORM)) for _ in range(voprf.BATCH)]
    blinded = [voprf.blind(b"bench", scalar) for scalar in scalars]
    multiply = sodium.load().crypto_scalarmult_ristretto255
    out = cffi.FFI().new("unsigned char[32]")
    bare, proved = [], []
    for _ in range(_ROUNDS):
        start = time.process_time()
        for element in blinded:
            multiply(out, pair.secret, element)
            multiply(out, pair.secret, element)
        middle = time.process_time()
        evaluated = oprf.blind_evaluate(pair.secret, blinded)
        oprf.prove(pair, blinded, evaluated, nonce=scalars[0])
        bare.append(middle - start)
        proved.append(time.process_time() - middle)
    return min(bare) / min(proved)
