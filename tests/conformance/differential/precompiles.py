"""Inputs for the precompiled contracts: right ones, wrong ones and spoiled ones."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from random import Random

from differential.programs import random_word

BN_PRIME = 21888242871839275222246405745257275088696311157297823662689037894645226208583
BN_G2 = (
    11559732032986387107991004021392285783925812861821192530917403151452391805634,
    10857046999023057135944570762232829481370756359578518086990519993285655852781,
    4082367875863433681332203403145435568316851327593401208105741076214120093531,
    8495653923123431417604973247489272438418190587263600148770280649306958101930,
)
"""The generator as EIP-197 encodes it: imaginary parts first."""

BLS_PRIME = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
BLS_G1 = (
    0x17F1D3A73197D7942695638C4FA9AC0FC3688C4F9774B905A14E3A3F171BAC586C55E83FF97A1AEFFB3AF00ADB22C6BB,
    0x08B3F481E3AAA0F1A09E30ED741D8AE4FCF5E095D5D00AF600DB18CB2C04B3EDD03CC744A2888AE40CAA232946C5E7E1,
)
BLS_G2 = (
    0x024AA2B2F08F0A91260805272DC51051C6E47AD4FA403B02B4510B647AE3D1770BAC0326A805BBEFD48056C8C121BDB8,
    0x13E02B6052719F607DACD3A088274F65596BD0D09920B61AB5DA61BBDC7F5049334CF11213945D57E5AC7D055D042B7E,
    0x0CE5D527727D6E118CC9CDC6DA2E351AADFD9BAA8CBDD3A76D429A695160D12C923AC9CC3BACA289E193548608B82801,
    0x0606C4A02EA734CC32ACD2B02BC28B99CB3E287E85A763AF267492AB572E99AB3F370D275CEC1DA1AAA9075FF05F79BE,
)

KZG_COMMITMENT_TO_ONE = (BLS_G1[0] | 1 << 383).to_bytes(48, "big")
"""The commitment to the constant polynomial 1 is the generator itself (compressed)."""
KZG_POINT_AT_INFINITY = b"\xc0" + bytes(47)
"""The proof for any constant polynomial; also the commitment to 0."""

P256_SIGNATURE = bytes.fromhex(
    "4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4d"
    "a73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac"
    "36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d60"
    "4aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff3"
    "7618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e"
)
"""hash, r, s, x, y. Source: RIP-7212's first test vector."""

SECP256K1_SIGNATURE = bytes.fromhex(
    "456e9aea5e197a1f1af7a3e85a3212fa4049a3ba34c2289b4c860fc0b0c64ef3"
    "000000000000000000000000000000000000000000000000000000000000001c"
    "9242685bf161793cc25603c231bc2f568eb630ea16aa137d2664ac8038825608"
    "4f8ae3bd7535248d0bd448298cc2e2071e56992d0774dc340c368ae950852ada"
)
"""hash, v, r, s. Source: the example of evm.codes for ecRecover."""


def versioned_hash(commitment: bytes) -> bytes:
    """EIP-4844: the SHA-256 of a commitment, its first byte replaced by the version."""
    return b"\x01" + sha256(commitment).digest()[1:]


def _words(*values: int) -> bytes:
    return b"".join(value.to_bytes(32, "big") for value in values)


def _elements(*values: int) -> bytes:
    """BLS12-381 field elements: 64 bytes each (EIP-2537)."""
    return b"".join(value.to_bytes(64, "big") for value in values)


def _hashable(random: Random) -> bytes:
    return random.randbytes(random.choice([0, 1, 31, 32, 33, 64, 100, random.randrange(600)]))


def _modexp(random: Random) -> bytes:
    sizes = [random.choice([0, 1, 2, 31, 32, 33, 64, 65, random.randrange(140)]) for _ in range(3)]
    if random.random() < 0.04:
        sizes[random.randrange(3)] = random.choice([1024, 1025, 2**32, 2**64, 2**256 - 1])
    body = b"".join(random.randbytes(min(size, 1100)) for size in sizes)
    if random.random() < 0.2:
        body = bytes(len(body))
    return _words(*sizes) + body


def _bn_point(random: Random) -> bytes:
    x, y = random.choice([(0, 0), (1, 2), (1, BN_PRIME - 2), (1, 2), (2, 1), (BN_PRIME, 0)])
    return _words(x, y)


def _bn_pairing(random: Random) -> bytes:
    pairs = random.randrange(4)
    return b"".join(
        _bn_point(random) + random.choice([_words(*BN_G2), _words(*BN_G2), bytes(128)]) for _ in range(pairs)
    )


def _bn_identity(_random: Random) -> bytes:
    """e(G1, G2) * e(-G1, G2) = 1."""
    return _words(1, 2, *BN_G2, 1, BN_PRIME - 2, *BN_G2)


def _blake2f(random: Random) -> bytes:
    rounds = random.choice([0, 1, 12, random.randrange(1000)])
    final = random.choice([0, 1, 1, 2])
    return rounds.to_bytes(4, "big") + random.randbytes(208) + bytes([final])


def _kzg(random: Random) -> bytes:
    value, commitment = random.choice([(0, KZG_POINT_AT_INFINITY), (1, KZG_COMMITMENT_TO_ONE)])
    claimed = value if random.random() < 0.8 else 1 - value
    return (
        versioned_hash(commitment)
        + _words(random.getrandbits(250), claimed)
        + commitment
        + KZG_POINT_AT_INFINITY
    )


def _bls_g1(random: Random) -> bytes:
    x, y = BLS_G1
    return _elements(*random.choice([(0, 0), (x, y), (x, BLS_PRIME - y), (x, y), (y, x)]))


def _bls_g2(random: Random) -> bytes:
    x0, x1, y0, y1 = BLS_G2
    mirrored = (x0, x1, BLS_PRIME - y0, BLS_PRIME - y1)
    return _elements(*random.choice([(0, 0, 0, 0), BLS_G2, BLS_G2, mirrored, (x1, x0, y0, y1)]))


def _scalar(random: Random) -> bytes:
    return _words(random_word(random))


def _times(part: Callable[[Random], bytes]) -> Callable[[Random], bytes]:
    return lambda random: b"".join(part(random) for _ in range(random.randrange(1, 5)))


def _bls_field(count: int) -> Callable[[Random], bytes]:
    return lambda random: _elements(
        *(random.choice([0, 1, random.getrandbits(380), BLS_PRIME]) for _ in range(count))
    )


INPUTS: dict[int, tuple[Callable[[Random], bytes], ...]] = {
    0x01: (lambda _: SECP256K1_SIGNATURE, lambda random: random.randbytes(128)),
    0x02: (_hashable,),
    0x03: (_hashable,),
    0x04: (_hashable,),
    0x05: (_modexp,),
    0x06: (lambda random: _bn_point(random) + _bn_point(random),),
    0x07: (lambda random: _bn_point(random) + _scalar(random),),
    0x08: (_bn_pairing, _bn_identity),
    0x09: (_blake2f,),
    0x0A: (_kzg,),
    0x0B: (lambda random: _bls_g1(random) + _bls_g1(random),),
    0x0C: (_times(lambda random: _bls_g1(random) + _scalar(random)),),
    0x0D: (lambda random: _bls_g2(random) + _bls_g2(random),),
    0x0E: (_times(lambda random: _bls_g2(random) + _scalar(random)),),
    0x0F: (_times(lambda random: _bls_g1(random) + _bls_g2(random)),),
    0x10: (_bls_field(1),),
    0x11: (_bls_field(2),),
    0x100: (lambda _: P256_SIGNATURE,),
}
"""Address of each precompiled contract of Osaka -> makers of input."""


def random_input(random: Random, address: int) -> bytes:
    """Mostly well formed; sometimes cut, extended or with one byte changed."""
    data = random.choice(INPUTS[address])(random)
    match random.randrange(12):
        case 0:
            return data[: random.randrange(len(data) + 1)]
        case 1:
            return data + random.randbytes(random.randrange(1, 40))
        case 2 if data:
            spot = random.randrange(len(data))
            return data[:spot] + random.randbytes(1) + data[spot + 1 :]
        case _:
            return data
