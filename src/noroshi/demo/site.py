"""What the watched company gives its analysts beside the logs: site lists, identities, indicator lists.

The indicator lists hold what was known that morning: not every address of the campaign, and others that do
not appear in the day.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

import orjson

from noroshi.demo import campaign
from noroshi.demo.company import AD_DNS, ADMIN, ADMIN_PC, ASSET_ACCOUNT, MAIL_DOMAIN, NAT, SERVERS
from noroshi.demo.specimens import family

if TYPE_CHECKING:
    from pathlib import Path

    from noroshi.demo.company import Company

_ADMIN_USER: Final = "a.kato"
_PROXIES: Final = ("PROXY01", "PROXY02")
_SITE: Final[dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "admin_hosts": ("host", "Machines from which administrators work", (ADMIN_PC, "SCCM01", "ASSET01")),
    "admin_accounts": ("user", "Accounts of administration and management", (ADMIN.user, ASSET_ACCOUNT.user)),
    "admin_host_users": (
        "user",
        "Everyday accounts of administrators, at their own machines",
        (_ADMIN_USER,),
    ),
    "mail_servers": (
        "ip",
        "Machines that may send mail to the internet",
        (SERVERS["MX01"], SERVERS["NEWS01"]),
    ),
    "proxies": (
        "ip",
        "Addresses shared by many: never one machine",
        (SERVERS["PROXY01"], SERVERS["PROXY02"]),
    ),
    "nat_addresses": (
        "ip",
        "Addresses of the company on the internet",
        (NAT, "203.0.113.11", "203.0.113.12"),
    ),
    "internal_networks": (
        "ip",
        "Address ranges of the company",
        ("10.20.0.0/24", "10.20.4.0/23", "10.21.0.0/16"),
    ),
    "own_domains": ("domain", "Domains of the company", (MAIL_DOMAIN, AD_DNS)),
}
_HOSTS_OF_OLD: Final = ("hotel-matsu", "nishi-dental", "yama-camera", "soba-ichi", "tanuki-books", "aoi-yoga")


def _urls() -> list[dict[str, object]]:
    known = [campaign.DOWNLOADS[3], campaign.DOWNLOADS[0]]
    known += [f"http://www.{name}.example/wp-content/{name[:3]}{i}X/" for i, name in enumerate(_HOSTS_OF_OLD)]
    return [
        {
            "value": url,
            "threat": "download",
            "source": "urlfeed.example",
            "first_seen": f"2020-07-{21 - i // 4:02d}T21:10:00Z",
            "confidence": 90,
            "compromised_site": True,
        }
        for i, url in enumerate(known)
    ]


def _endpoints() -> list[dict[str, object]]:
    known = [campaign.C2_PROXY_DENIED, campaign.C2_PROXIED]
    known += [(f"192.0.2.{230 + i}", port) for i, port in enumerate((8080, 80, 443, 7080, 8080, 20))]
    return [
        {
            "value": f"{address}:{port}",
            "threat": "c2",
            "source": "c2tracker.example",
            "first_seen": "2020-07-20T08:00:00Z",
            "confidence": 95,
        }
        for address, port in known
    ]


def _addresses() -> list[dict[str, object]]:
    known = [campaign.C2_FIREWALL_DENIED[0], "192.0.2.240", "192.0.2.241", "192.0.2.242"]
    return [
        {
            "value": address,
            "threat": "c2",
            "source": "c2tracker.example",
            "first_seen": "2020-07-18T08:00:00Z",
            "confidence": 80,
        }
        for address in known
    ]


def _hashes(seed: int) -> list[dict[str, object]]:
    hashes = family.of_the_day(seed).attachment.hashes()
    entries = [{"value": hashes[kind], "type": kind} for kind in ("md5", "sha1", "sha256")]
    for i in range(5):
        digit = "0123456789abcdef"[i * 3]
        entries.append({"value": (digit + "4c1d9") * 10 + f"{i:04x}", "type": "sha256"})
    return [
        {
            **entry,
            "threat": "mail",
            "source": "sandbox.example",
            "first_seen": "2020-07-22T01:20:00Z",
            "confidence": 95,
        }
        for entry in entries
    ]


_LISTS: Final = {
    "emotet_download_urls": ("url", "URLs that served the executable; compromised sites"),
    "emotet_c2_endpoints": ("ip:port", "C2 servers by address and port"),
    "emotet_c2_addresses": ("ip", "C2 servers with no other use"),
    "emotet_document_hashes": ("hash", "Documents of the campaign"),
}


def write_lists(folder: Path, seed: int) -> None:
    """Write the indicator lists of the day of this seed as NDJSON, the header first."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = (_urls(), _endpoints(), _addresses(), _hashes(seed))
    for (name, (kind, description)), entries in zip(_LISTS.items(), contents, strict=True):
        header = {"list": name, "type": kind, "description": description, "updated": "2020-07-22T00:00:00Z"}
        lines = [header, *({**entry, "family": "Emotet"} for entry in entries)]
        (folder / f"{name}.ndjson").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))


def write_site(path: Path) -> None:
    """Write the site lists."""
    parts = ["# The network of Minato Works, as its analysts describe it."]
    for name, (kind, description, values) in _SITE.items():
        listed = ", ".join(f'"{value}"' for value in values)
        parts.append(f'# {description}.\n[lists.{name}]\ntype = "{kind}"\nvalues = [{listed}]')
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def write_identities(path: Path, company: Company, year: int = 2020) -> None:
    """Write who sits where since April of a year: clients without address (DHCP), servers with theirs."""
    since = f"{year}-04-01"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["host", "user", "mailbox", "address", "valid_from", "valid_to", "shared"])
        for client in company.clients.values():
            person = client.person
            writer.writerow([client.host, person.user, person.mailbox, "", since, "", ""])
        for host, address in SERVERS.items():
            writer.writerow([host, "", "", address, since, "", "proxy" if host in _PROXIES else ""])
        writer.writerow(["", "", "", NAT, since, "", "nat"])
