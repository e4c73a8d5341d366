"""The same notebooks elsewhere: Notebook 7, pages and slides made by nbconvert, Voilà."""

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import SECONDS, free_port

from totp_teach import secret, totp

CHAPTER = "notebooks/00_start_here.ipynb"
PERIOD = 30


class Elsewhere:
    """Another program that opens the lab's notebooks, for a Reader: where it does."""

    def __init__(self, address: str):
        self.address = address

    def url(self, path: str) -> str:
        return self.address.format(path)


def only_from(reader, *addresses):
    """Begin to note the requests that a page sends to anywhere but these addresses, or "data:"."""
    foreign = []
    reader.page.on(
        "request", lambda request: request.url.startswith((*addresses, "data:", "blob:")) or foreign.append(request.url)
    )
    return foreign


def tick_and_type(reader):
    """The code on the page is that of the key on the page and of now, is accepted, and is not accepted twice."""
    page = reader.page
    uri = page.locator("a[href^='otpauth:']").get_attribute("href")
    key = secret.decode(parse_qs(urlsplit(uri).query)["secret"][0])
    page.locator(".totp-now").first.scroll_into_view_if_needed()
    step, code = reader.ticking()
    assert code == totp.code(key, step * PERIOD)
    assert abs(time.time() - (step + 0.5) * PERIOD) <= PERIOD / 2 + 1
    assert reader.verdict_on(code).startswith("Accepted")
    assert reader.verdict_on(code).startswith("Refused: already used")


def test_notebook_7(reader, lab):
    reader.lab = Elsewhere(f"{lab.address}/notebooks/{{}}?token=browser-tests")
    foreign = only_from(reader, lab.address)
    reader.open(CHAPTER)
    reader.run_all()
    assert reader.errors() == []
    tick_and_type(reader)
    assert (reader.complaints, foreign) == ([], [])
