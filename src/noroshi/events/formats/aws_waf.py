"""AWS WAF's log (AWS WAF developer guide, "Log fields for web ACL traffic"), one JSON object a line.

Log source: product ``aws``, service ``waf``, categories ``webserver`` and ``waf``. Beside the originals:
Sigma's web fields (headers under ``httpRequest.headers``; ``cs-uri-query`` as in access logs, see
`_webserver`), ``src_ip``, ``waf_rule_id`` (what ended the evaluation and what counted on the way) and
``waf_tag`` (labels).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from noroshi.events.format import UnreadableRecordError
from noroshi.events.formats._attacks import add_waf_attacks
from noroshi.events.formats._json_lines import json_object
from noroshi.events.formats._webserver import add_header, add_target
from noroshi.events.model import Event, Kind, LogSource
from noroshi.events.traits import TableTraits, load_table
from noroshi.events.web import add_web_fields, split_host

if TYPE_CHECKING:
    from collections.abc import Iterable

    from noroshi.events.format import Envelope, LineFormat
    from noroshi.events.model import Fields, Source

NAME: Final = "aws-waf"
MAX_RULES: Final = 500
_ACTIONS: Final = frozenset({"ALLOW", "BLOCK", "COUNT", "CAPTCHA", "CHALLENGE"})
_TRAITS: Final = TableTraits(load_table("aws_waf"))


@lru_cache(maxsize=8)
def _kind(action: str | None) -> Kind:
    logsource = LogSource("aws", "waf", frozenset({"webserver", "waf"}))
    return Kind(NAME, logsource, {"action": action} if action else {}, _TRAITS)


def _named(listed: Any, key: str) -> list[str]:
    """The texts under this key of a list of objects."""
    items = listed[:MAX_RULES] if isinstance(listed, list) else []
    return [item[key] for item in items if isinstance(item, dict) and isinstance(item.get(key), str)]


def _headers(request: Fields) -> dict[str, str]:
    """The request's headers by lower-case name, the first of each."""
    found: dict[str, str] = {}
    listed = request.get("headers")
    for item in listed[:MAX_RULES] if isinstance(listed, list) else ():
        if (
            isinstance(item, dict)
            and isinstance(item.get("name"), str)
            and isinstance(item.get("value"), str)
        ):
            found.setdefault(item["name"].lower(), item["value"])
    return found


def _add_rules(fields: Fields) -> None:
    """Which rules matched: the terminating one, in groups, and those that only counted."""
    found = [fields.get("terminatingRuleId"), *_named(fields.get("nonTerminatingMatchingRules"), "ruleId")]
    groups = fields.get("ruleGroupList")
    for group in groups[:MAX_RULES] if isinstance(groups, list) else ():
        if isinstance(group, dict):
            found += _named([group.get("terminatingRule")], "ruleId")
            found += _named(group.get("nonTerminatingMatchingRules"), "ruleId")
    fields["waf_rule_id"] = list(dict.fromkeys(rule for rule in found if isinstance(rule, str)))
    if tags := _named(fields.get("labels"), "name"):
        fields["waf_tag"] = tags


def _add_request(fields: Fields, request: Fields) -> None:
    headers = _headers(request)
    method, path, arguments = (request.get(name) for name in ("httpMethod", "uri", "args"))
    if isinstance(method, str):
        fields["cs-method"] = method
    if isinstance(path, str):
        add_target(fields, fields.get("cs-method"), f"{path}?{arguments}" if arguments else path)
    if host := headers.get("host"):
        fields["cs-host"] = split_host(host)[0]
    if isinstance(client := request.get("clientIp"), str):
        fields["c-ip"] = fields["src_ip"] = client
    add_header(fields, headers.get("referer"), headers.get("user-agent", "-"))
    kept = (
        ("x-forwarded-for", "x-forwarded-for"),
        ("content-type", "cs-content-type"),
        ("cookie", "cs-cookie"),
    )
    fields.update((field, headers[name]) for name, field in kept if name in headers)
    if (status := fields.get("responseCodeSent")) is not None:
        fields["sc-status"] = status


class WafReader:
    """Reads lines; no state."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def feed(self, line: str, _envelope: Envelope, position: int | str) -> Iterable[Event]:
        """The event of the line."""
        fields = json_object(line)
        request, action = fields.get("httpRequest"), fields.get("action")
        if not isinstance(request, dict) or not isinstance(action, str):
            raise UnreadableRecordError("the record has no httpRequest and action", "it is no AWS WAF record")
        _add_request(fields, request)
        _add_rules(fields)
        add_waf_attacks(fields)
        add_web_fields(fields)
        return (Event(_kind(action if action in _ACTIONS else None), fields, self._source, position),)

    def finish(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()


class AwsWaf:
    """AWS WAF's log."""

    name = NAME
    splittable = True

    def recognise(self, line: str, _envelope: Envelope) -> float:
        """By names that only it has together."""
        ours = line.startswith("{") and '"webaclId"' in line and '"httpRequest"' in line
        return 0.97 if ours else 0.0

    def reader(self, source: Source) -> WafReader:
        """A reader for one input."""
        return WafReader(source)


FORMATS: Final[tuple[LineFormat, ...]] = (AwsWaf(),)
