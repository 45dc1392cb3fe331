"""Addresses of wallets: whoever writes one below an article asks for money that nobody gets back."""

from __future__ import annotations

import re

SHORTEST = 26
_BITCOIN = re.compile(
    r"\b(?:bc1[a-z0-9]{25,62}|BC1[A-Z0-9]{25,62}|[13][1-9A-HJ-NP-Za-km-z]{25,34})\b"
)
_ETHER = re.compile(r"\b0x[0-9a-fA-F]{40}\b")
_TRON = re.compile(r"\bT(?=\w*\d)(?=\w*[a-z])[1-9A-HJ-NP-Za-km-z]{33}\b")
_SOLANA = re.compile(r"\b(?=\w*\d)(?=\w*[a-z])(?=\w*[A-Z])[1-9A-HJ-NP-Za-km-z]{43,44}\b")
_OF_COINS = re.compile(r"\b(?:solana|sol|usdc|usdt|wallet|coins?|tokens?|crypto)\b", re.IGNORECASE)


def wallet_in(text: str) -> str:
    """The first address of a wallet (Bitcoin, Ether, Tron, Solana); empty when there is none. Bitcoin's are proved."""
    if max(map(len, text.split()), default=0) < SHORTEST:
        return ""
    if other := _ETHER.search(text) or _TRON.search(text) or _solana(text):
        return other[0]
    return next((found for found in _BITCOIN.findall(text) if _is_bitcoin(found)), "")


def _solana(text: str) -> re.Match[str] | None:
    """Nothing in such a word says what it is, so that the text has to."""
    return _SOLANA.search(text) if _OF_COINS.search(text) else None


def _is_bitcoin(written: str) -> bool:
    # Imported here, because hardly any text holds such a word.
    from stdnum import bitcoin

    return bool(bitcoin.is_valid(written))
