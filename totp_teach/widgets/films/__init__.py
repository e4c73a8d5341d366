from .base32 import base32_film
from .truncation import truncation_film
from .hmac import hmac_film
