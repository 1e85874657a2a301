"""Who is who: mailbox, user, host and address joined by links with validity and evidence."""

from noroshi.identity.assets import SHARED_LISTS, Declared, load_identities
from noroshi.identity.collector import LinkCollector
from noroshi.identity.directory import Directory
from noroshi.identity.model import Evidence, Join, Joined, Link, Refusal

__all__ = [
    "SHARED_LISTS",
    "Declared",
    "Directory",
    "Evidence",
    "Join",
    "Joined",
    "Link",
    "LinkCollector",
    "Refusal",
    "load_identities",
]
