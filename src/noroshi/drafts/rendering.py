"""A draft as the four files of a rule: `docs/reference/rule-format.md`."""

from __future__ import annotations

import tomllib
import uuid
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from noroshi.drafts.model import Candidate, Case, Draft, Material

LANGUAGES: Final = ("en", "ja")
AUTHOR: Final = "Drafted by noroshi examine"
_SPACE: Final = uuid.UUID("6f2b7c0e-52a4-5b7e-9d61-3c0a5be7a1d4")
"""Name space of drafted rules; made for this purpose."""
_SEARCHES: Final = {
    "processes": ("processes", "{time-10m}", "{time+10m}", "ParentImage", "Image", "CommandLine"),
    "web": ("web", "{time-10m}", "{time+10m}", "cs-method", "c-uri", "sc-status", "c-useragent"),
    "files": ("files-written", "{time-2m}", "{time+15m}", "Image", "TargetFilename"),
}
"""Step → rule of its search, from when to when, and the fields that it prints."""
SEARCH_FILES: Final = tuple(dict.fromkeys(one[0] for one in _SEARCHES.values()))
_HEADINGS: Final = {
    "en": (
        "Meaning", "Goal", "Why it is suspicious", "How to check", "False positives", "Blind spots",
        "Response",
    ),
    "ja": ("検知の意味", "目的", "怪しいと考える理由", "確認手順", "誤検知", "検知できない条件", "対応"),
}  # fmt: skip
_STEP: Final = {
    "en": ("Why: ", "Fields: ", "Search: ", "Raises: ", "Settles: "),
    "ja": ("理由: ", "確認する項目: ", "検索: ", "疑いが強まる: ", "疑いが晴れる: "),
}
_PAIR: Final = {"en": ("Cause: ", "Recognise: "), "ja": ("原因: ", "見分け方: ")}
_AND: Final = {"en": ", ", "ja": "、"}


@cache
def texts(language: str) -> dict[str, Any]:
    """The texts of a language."""
    return tomllib.loads(files("noroshi.drafts").joinpath(f"texts.{language}.toml").read_text("utf-8"))


def rule_id(material: Material, draft: Draft, part: str = "") -> str:
    """The same specimen and draft give the same id."""
    return str(uuid.uuid5(_SPACE, f"{material.seed}:{draft.name}:{part}"))


def title(material: Material, draft: Draft, language: str) -> str:
    """The rule's title."""
    return _text(material, draft, language, "title")


def rule(material: Material, draft: Draft, candidate: Candidate) -> str:
    """``rule.yml``: one document, or a correlation with its parts."""
    documents = [_document(material, draft, document) for document in candidate.documents]
    return yaml.safe_dump_all(documents, allow_unicode=True, sort_keys=False, width=110)


def _text(material: Material, draft: Draft, language: str, key: str) -> str:
    found = texts(language)["drafts"][_key(draft)][key]
    return str(found).format(family=material.shown, **draft.values)


def _key(draft: Draft) -> str:
    """The texts are those of the first of several alike."""
    stem, _, number = draft.name.rpartition("-")
    return stem if number.isdigit() else draft.name


def _document(material: Material, draft: Draft, document: dict[str, Any]) -> dict[str, Any]:
    part = str(document.get("part", ""))
    name = document.get("name") or f"{material.name}_{draft.name.replace('-', '_')}"
    shown = _text(material, draft, "en", f"part_{part}" if part else "title")
    what = (
        "Part of a correlation; ordinary on its own." if part else _text(material, draft, "en", "description")
    )
    made: dict[str, Any] = {
        "title": shown,
        "id": rule_id(material, draft, part),
        "name": name,
        "status": "experimental",
        "author": AUTHOR,
        "date": material.date,
        "description": what,
        "references": [f"sha256:{material.seed}"],
        "tags": list(draft.tags),
        **{key: document[key] for key in ("logsource", "detection", "correlation") if key in document},
        "fields": list(draft.fields),
        "falsepositives": [
            texts("en")["falsepositives"][one]["cause"] for one in _about(draft)["falsepositives"]
        ],
        "level": "informational" if part else draft.level,
        "noroshi": _block(material, draft, part),
    }
    for key in ("references", "tags", "fields", "falsepositives") if part else ():
        del made[key]
    return made


def _about(draft: Draft) -> dict[str, Any]:
    found: dict[str, Any] = texts("en")["drafts"][_key(draft)]
    return found


def _block(material: Material, draft: Draft, part: str) -> dict[str, Any]:
    key = _about(draft)["prerequisites"]
    english, japanese = (texts(language)["prerequisites"][key] for language in LANGUAGES)
    need = {
        "log_source": english["log_source"],
        **({"log_source_ja": japanese["log_source"]} if "log_source" in japanese else {}),
        "setting": english["setting"],
        "setting_ja": japanese["setting"],
    }
    if "fallback" in english:
        need |= {"fallback": english["fallback"], "fallback_ja": japanese["fallback"]}
    japanese_title = {"title_ja": _text(material, draft, "ja", f"part_{part}")} if part else {}
    return {
        **japanese_title,
        "trace_kind": draft.trace_kind,
        "pyramid_level": draft.pyramid_level,
        "stage": "draft",
        "owner": "soc",
        "review_interval_days": draft.review_days,
        "prerequisites": [need],
    }


def guide(material: Material, draft: Draft, language: str) -> str:
    """``guide.md`` or ``guide.ja.md``."""
    about, own, (cause, recognise) = _about(draft), texts(language), _PAIR[language]
    marks = [f"# {_text(material, draft, language, 'title')}"]
    bodies = (
        *(_text(material, draft, language, key) for key in ("meaning", "goal", "why")),
        "\n".join(_step(number, key, language) for number, key in enumerate(about["steps"], 1)),
        "\n".join(
            f"- {cause}{own['falsepositives'][one]['cause']}\n"
            f"  - {recognise}{own['falsepositives'][one]['recognise']}"
            for one in about["falsepositives"]
        ),
        *(_text(material, draft, language, key) for key in ("blind", "response")),
    )
    marks += [f"## {heading}\n\n{body}" for heading, body in zip(_HEADINGS[language], bodies, strict=True)]
    return "\n\n".join(marks) + "\n"


def _step(number: int, key: str, language: str) -> str:
    own = texts(language)["steps"][key]
    search, since, until, *fields = _SEARCHES[key]
    shown = ", ".join(f'.event["{field}"]' for field in fields)
    command = (
        f"noroshi scan {{logs}} --rules {{folder}}/../searches/{search}.yml --level informational "
        f"--since {since} --until {until} --format ndjson "
        f"| jq -c 'select(.entities.host == \"{{host}}\") | [.time, {shown}]'"
    )
    named = _AND[language].join(f"`{field}`" for field in fields)
    values = (own["why"], named, f"`{command}`", own["raises"], own["settles"])
    lines = [f"{number}. {own['question']}"]
    lines += [f"   - {word}{value}" for word, value in zip(_STEP[language], values, strict=True)]
    return "\n".join(lines)


def tests(draft: Draft, candidate: Candidate) -> str:
    """``tests.yml``."""
    made: dict[str, Any] = {}
    if draft.lists:
        made["lists"] = {
            name: {"type": type_, "values": list(values)} for name, (type_, values) in draft.lists.items()
        }
    made["tests"] = [_test(case) for case in candidate.cases]
    return yaml.safe_dump(made, allow_unicode=True, sort_keys=False, width=110)


def _test(case: Case) -> dict[str, Any]:
    made: dict[str, Any] = {"name": case.name, "expect": "no_match" if case.near_miss else "match"}
    if case.alerts is not None:
        made["alerts"] = case.alerts
    if case.near_miss:
        made["near_miss"] = case.near_miss
    return {**made, "events": list(case.events)}
