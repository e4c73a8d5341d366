"""otpauth:// URIs: an account as text, the way a QR code carries it."""

from .account import Account
from .reading import parse

__all__ = ["Account", "parse"]
