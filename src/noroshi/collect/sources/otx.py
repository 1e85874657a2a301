"""AlienVault OTX: the indicators of the pulses that an account has subscribed to.

``GET api/v1/pulses/subscribed?limit=&page=&modified_since=`` with ``X-OTX-API-KEY``: ``results[]`` of
pulses (``name``, ``author_name``, ``modified``, ``tags``, ``TLP``, ``malware_families``, ``attack_ids``,
``references``) with ``indicators[]`` (``indicator``, ``type``, ``created``, ``role``, ``is_active``,
``expiration``), ``next`` while there is another page. Times are UTC without zone. The next run asks for
what was modified since the newest pulse, once all pages were read.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.session import parsed
from noroshi.collect.statements import Statement, children, stated, word, word_list
from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.exchange.format import parse_instant, parse_tlp, threats_of, word_set
from noroshi.indicators.indicator import SourceClaim, Threat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from noroshi.collect.session import Session
    from noroshi.collect.statements import Row
    from noroshi.indicators.indicator import Indicator

MAX_PAGES: Final = 100
_FIRST_DAYS: Final = 30
_TYPES: Final = {
    "IPv4": "ip", "IPv6": "ip", "CIDR": "cidr", "domain": "domain", "hostname": "domain", "URL": "url",
    "email": "email", "FileHash-MD5": "md5", "FileHash-SHA1": "sha1", "FileHash-SHA256": "sha256",
    "FileHash-IMPHASH": "imphash", "CVE": "cve", "Mutex": "mutex", "BitcoinAddress": "btc", "JA3": "ja3",
}  # fmt: skip
"""OTX's types → ours; of the others nothing can be matched (rules, paths, certificates' numbers)."""
_PAGE_MORE: Final = frozenset({"count", "next", "previous", "prefetch_pulse_ids", "t", "t2", "t3"})
_PULSE: Final = frozenset({"id", "indicators"})
_PULSE_MORE: Final = frozenset({
    "name", "description", "author_name", "modified", "created", "revision", "tlp", "TLP", "public",
    "adversary", "tags", "targeted_countries", "malware_families", "attack_ids", "references", "industries",
    "extract_source", "more_indicators", "modified_text", "pulse_source",
})  # fmt: skip
_INDICATOR: Final = frozenset({"indicator", "type"})
_INDICATOR_MORE: Final = frozenset({
    "id", "created", "content", "title", "description", "expiration", "is_active", "role", "pulse_key",
    "access_type", "access_reason", "access_groups", "slug",
})  # fmt: skip
_ROLES: Final = {
    "malware_hosting": Threat.DOWNLOAD,
    "file_scanning": Threat.SCAN,
    "scanning_host": Threat.SCAN,
    "exploit_source": Threat.EXPLOIT,
    "exploit_kit": Threat.EXPLOIT,
}


class Otx:
    """Needs the account's key."""

    name: Final = "otx"
    addresses: Final = {"subscribed": "https://otx.alienvault.com"}
    usual: Final = timedelta(days=7)
    incremental: Final = True

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """The indicators of every pulse that is new or was modified."""
        return stated(session, _pulses(session), lambda pulse: _statements(session, pulse))


def _pulses(session: Session) -> Iterator[Row | LocatedError]:
    since = (
        session.memory.get("modified_since") or f"{session.defaults.at - timedelta(days=_FIRST_DAYS):%FT%T}"
    )
    headers = {"X-OTX-API-KEY": session.need_key()}
    newest = since
    for number in range(1, MAX_PAGES + 1):
        answer = session.get(
            "api/v1/pulses/subscribed", headers=headers, limit="50", page=str(number), modified_since=since
        )
        page = parsed(answer)
        session.watch(page, frozenset({"results"}), _PAGE_MORE)
        if not isinstance(page, dict) or not isinstance(page.get("results"), list):
            raise LocatedError(answer.url, "", "sends no pulses", "check base_url")
        for pulse in children(page["results"]):
            newest = max(newest, word(pulse, "modified"))
            yield f"pulse {word(pulse, 'id')}", pulse
        if not page.get("next"):
            session.news["modified_since"] = newest
            return
    raise LocatedError(
        session.base_url,
        "",
        Sentence("sends more than {most} pages", most=MAX_PAGES),
        "unsubscribe from some",
    )


def _statements(session: Session, pulse: dict[str, Any]) -> Iterator[Statement]:
    said = _claim(pulse)
    session.watch(pulse, _PULSE, _PULSE_MORE)
    for one in children(pulse.get("indicators")):
        session.watch(one, _INDICATOR, _INDICATOR_MORE)
        type_ = _TYPES.get(word(one, "type"))
        if type_ is None:
            session.left_out[Sentence("type {type}", type=word(one, "type")[:60])] += 1
        elif _is_over(one, session.defaults.at):
            session.left_out[Sentence("no longer active, says its pulse")] += 1
        else:
            role = word(one, "role")
            threats = {*said.threats, *threats_of([role]), *filter(None, [_ROLES.get(role)])}
            first = parse_instant(word(one, "created")) or said.first_seen
            claim = SourceClaim(
                said.source, said.reference, tuple(sorted(threats)), said.families, said.tags, first,
                said.last_seen, tlp=said.tlp, comments=said.comments, external_id=said.external_id,
            )  # fmt: skip
            yield Statement(claim, ((type_, word(one, "indicator")),))


def _claim(pulse: dict[str, Any]) -> SourceClaim:
    names = [word(one, "display_name") for one in children(pulse.get("malware_families"))]
    attack = [word(one, "id") for one in children(pulse.get("attack_ids"))]
    adversary, title = word(pulse, "adversary"), word(pulse, "name")
    tags = word_list(pulse, "tags")
    return SourceClaim(
        f"otx:{word(pulse, 'author_name') or 'unknown'}",
        f"https://otx.alienvault.com/pulse/{word(pulse, 'id')}",
        threats=threats_of(tags),
        families=word_set([*word_list(pulse, "malware_families"), *names]),
        tags=word_set([*tags, *word_list(pulse, "attack_ids"), *attack, adversary]),
        first_seen=parse_instant(word(pulse, "created")),
        last_seen=parse_instant(word(pulse, "modified")),
        tlp=parse_tlp(word(pulse, "TLP") or word(pulse, "tlp")),
        comments=(title,) if title else (),
        external_id=word(pulse, "id"),
    )


def _is_over(one: dict[str, Any], at: datetime) -> bool:
    until = parse_instant(word(one, "expiration"))
    return one.get("is_active") == 0 or (until is not None and until < at.astimezone(UTC))
