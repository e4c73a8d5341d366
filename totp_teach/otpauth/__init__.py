"""otpauth:// URIs: an account as text, the way a QR code carries it.

Account   what phone and server agree on, and its URI     account.py
parse     URI -> Account, or OtpError                     reading.py
parts     URI -> its spans, each explained                anatomy.py
lint      URI -> what is wrong or risky in it             findings.py
apps      what real apps do                               real_apps.py, apps.json
"""

from .account import Account
from .anatomy import Part
from .findings import Finding
from .reading import lint, parse, parts
from .real_apps import Concern, apps

__all__ = ["Account", "Concern", "Finding", "Part", "apps", "lint", "parse", "parts"]
