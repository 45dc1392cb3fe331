"""A file that only a passphrase opens: scrypt makes the key, AES-256-GCM seals piece after piece.

The pieces are numbered and the last one says that it is, as in STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015), so
none can be changed, moved, repeated or cut off unseen. A passphrase costs 128 MB and a third of a second to try.
"""

from __future__ import annotations

import io
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from shop.core.errors import Refused

MAGIC = b"Bookstall encrypted backup 1\n"
SALT_BYTES, TAG_BYTES = 16, 16
PIECE = 64 * 1024
COST = 2**17


class EncryptedWriter(io.RawIOBase):
    """Encrypts what is written into it. It is whole once it has been closed."""

    def __init__(self, sink: BinaryIO, passphrase: str) -> None:
        salt = os.urandom(SALT_BYTES)
        self._sink = sink
        self._header = MAGIC + salt
        self._key = _key(passphrase, salt)
        self._number = 0
        self._waiting = bytearray()
        sink.write(self._header)

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]
        self._waiting += content
        while len(self._waiting) > PIECE:  # one that is full may still be the last
            self._seal(bytes(self._waiting[:PIECE]), is_last=False)
            del self._waiting[:PIECE]
        return len(content)

    def close(self) -> None:
        if not self.closed:
            self._seal(bytes(self._waiting), is_last=True)
        super().close()

    def _seal(self, piece: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._number, is_last=is_last)
        self._sink.write(self._key.encrypt(nonce, piece, self._header))
        self._number += 1


class EncryptedReader(io.RawIOBase):
    """Reads what an `EncryptedWriter` wrote, `MAGIC` included.

    Raises:
        Refused: the passphrase is wrong, or the file is damaged.
    """

    def __init__(self, source: BinaryIO, passphrase: str) -> None:
        self._source = source
        self._header = source.read(len(MAGIC) + SALT_BYTES)
        self._key = _key(passphrase, self._header[len(MAGIC) :])
        self._number = 0
        self._next = source.read(PIECE + TAG_BYTES)
        self._opened = bytearray()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._opened and self._next:
            self._open_next()
        count = min(len(buffer), len(self._opened))
        buffer[:count] = self._opened[:count]
        del self._opened[:count]
        return count

    def _open_next(self) -> None:
        piece, self._next = self._next, self._source.read(PIECE + TAG_BYTES)
        nonce = _nonce(self._number, is_last=not self._next)
        try:
            self._opened += self._key.decrypt(nonce, piece, self._header)
        except InvalidTag:
            if self._number == 0:
                raise Refused("The passphrase is wrong, or the file is damaged.") from None
            raise Refused("The file is damaged, or a part of it is missing.") from None
        self._number += 1


def is_encrypted(beginning: bytes) -> bool:
    """Whether a file that begins so needs a passphrase."""
    return beginning.startswith(MAGIC)


def _key(passphrase: str, salt: bytes) -> AESGCM:
    scrypt = Scrypt(salt=salt, length=32, n=COST, r=8, p=1)
    return AESGCM(scrypt.derive(passphrase.encode()))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])
