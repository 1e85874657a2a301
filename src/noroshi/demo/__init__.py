"""The Emotet day: one ordinary working day of a small Japanese company, as its products would log it.

`generate` writes a folder of logs (Windows, proxy, firewall, IPS, Zeek, WAF, mail, DNS, DHCP) with what
the company gives its analysts beside them, the same bytes for the same seed. One machine goes through the
Emotet infection of July 2020; a named list of ordinary events resembles it; two situations come near. See
``docs/emotet-day.md``. Nothing in it is real: names end in ``.example``, addresses are from documentation
ranges, and the encoded script is text that can reach nothing.
"""

from __future__ import annotations

from noroshi.demo.generate import generate
from noroshi.demo.manifest import LookAlike, Manifest, Step

__all__ = ["LookAlike", "Manifest", "Step", "generate"]
