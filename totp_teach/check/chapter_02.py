"""The exercises of chapter 02: HMAC."""

from .computation import RFC_KEY, run_of, steps_of, up_to
from .exercise import Exercise

LONG_KEY = bytes.fromhex("aa" * 80)  # RFC 2202, test case 6

hmac_sha1 = Exercise(
    "02.1",
    "hmac_sha1(key, message)",
    "the inner hash is over the padded key XOR 0x36… and the message; the outer one over what and what?",
    *steps_of(lambda key, message: run_of(key, message=message, algorithm="SHA1"), "digest"),
    ((RFC_KEY, bytes(7) + b"\x01"), (b"Jefe", b"what do ya want for nothing?"), (LONG_KEY, b"Hi There")),
    lambda random: (random.randbytes(random.randint(1, 100)), random.randbytes(8)),
)
digest = Exercise(
    "02.2",
    "digest_for(key, counter)",
    "the counter becomes eight bytes first; they are what is authenticated",
    *steps_of(lambda key, counter: run_of(key, counter=counter), *up_to("digest")),
    tuple((RFC_KEY, counter) for counter in range(10)),
    lambda random: (random.randbytes(20), random.randrange(2**40)),
)
