"""X API v2, recent search: posts of accounts and with hashtags, e.g. of the Japanese mail-sharing community.

Links are shortened in the text: `expanded_url` is what was posted. Long posts stand in ``note_tweet``.
A retweet is cut off, so its original is read. Pages go from new to old: `since_id` moves only when all were
read; where a run ends before, the next one continues downwards from there. An answer without ``data`` is an
empty one, ``errors`` beside ``data`` cost only what they name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from noroshi.collect.session import parsed
from noroshi.collect.statements import children, told_in
from noroshi.errors import LocatedError, Sentence
from noroshi.indicators.exchange.format import parse_instant, word_set
from noroshi.indicators.extraction import Choices
from noroshi.indicators.indicator import SourceClaim

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from noroshi.collect.session import Session
    from noroshi.indicators.indicator import Indicator

MAX_PAGES: Final = 20
_MAX_QUERY: Final = 512
_OWN: Final = frozenset({"x.com", "twitter.com", "t.co"})
_ASKED: Final = {
    "max_results": "100",
    "expansions": "author_id,referenced_tweets.id",
    "tweet.fields": "created_at,author_id,entities,referenced_tweets,note_tweet",
    "user.fields": "username",
}
_NEEDED: Final = frozenset({"id", "text"})
_KNOWN: Final = frozenset({*_ASKED["tweet.fields"].split(","), "edit_history_tweet_ids"})
_Post = dict[str, Any]


class X:
    """Needs a bearer token, and accounts or hashtags."""

    name: Final = "x"
    addresses: Final = {"api": "https://api.x.com"}
    usual: Final = timedelta(days=3)
    incremental: Final = True

    def fetch(self, session: Session) -> Iterator[Indicator | LocatedError]:
        """The indicators of every post, under the post as their reference."""
        queries = list(_queries(session.settings.accounts, session.settings.hashtags))
        if not queries:
            raise LocatedError("x", "", "has nothing to search for", "set accounts or hashtags")
        cursors = dict(session.memory.get("cursors", {}))
        for query in queries:
            cursors[query] = yield from _search(session, query, cursors.get(query, {}))
        session.news["cursors"] = cursors


def _queries(accounts: tuple[str, ...], hashtags: tuple[str, ...]) -> Iterator[str]:
    """Queries that the API takes, as few as possible."""
    terms = [f"from:{one.lstrip('@')}" for one in accounts] + [f"#{one.lstrip('#')}" for one in hashtags]
    query = ""
    for term in terms:
        longer = f"{query} OR {term}" if query else term
        if len(longer) > _MAX_QUERY:
            yield query
            longer = term
        query = longer
    if query:
        yield query


def _search(
    session: Session, query: str, cursor: dict[str, str]
) -> Generator[Indicator | LocatedError, None, dict[str, str]]:
    since, until, newest = (cursor.get(name, "") for name in ("since", "until", "newest"))
    params = {**_ASKED, "query": query}
    params |= {"since_id": since} if since else {}
    params |= {"until_id": until} if until else {}
    headers = {"Authorization": f"Bearer {session.need_key()}"}
    for _ in range(MAX_PAGES):
        page = parsed(session.get("2/tweets/search/recent", headers=headers, **params))
        if not isinstance(page, dict) or not ("data" in page or "meta" in page):
            raise LocatedError("x", "", "sends no result of a search", "check base_url")
        _watch_page(session, page)
        yield from _read(session, page, since)
        meta = page.get("meta") or {}
        newest = newest or str(meta.get("newest_id", ""))
        until = str(meta.get("oldest_id", "")) or until
        if not meta.get("next_token"):
            return {"since": newest or since}
        params["next_token"] = str(meta["next_token"])
    return {"since": since, "until": until, "newest": newest}


def _watch_page(session: Session, page: _Post) -> None:
    """An answer without posts is an empty one, unless it counts some.

    Raises:
        LocatedError: There are posts, but not where they should be.
    """
    meta = page.get("meta")
    if "data" not in page and isinstance(meta, dict) and meta.get("result_count"):
        session.watch(page, frozenset({"data"}), frozenset({"meta", "includes", "errors"}))
        raise LocatedError(
            session.feed,
            "",
            Sentence("sends no `{name}`", name="data"),
            "check base_url, or whether the provider has changed the format",
        )
    for post in children(page.get("data")):
        session.watch(post, _NEEDED, _KNOWN)


def _read(session: Session, page: _Post, since: str) -> Iterator[Indicator | LocatedError]:
    for error in children(page.get("errors")):
        what = str(error.get("detail") or error.get("title") or "an error")[:200]
        yield LocatedError("x", str(error.get("resource_id", ""))[:40], what, "")
    includes = page.get("includes")
    included = includes if isinstance(includes, dict) else {}
    users = {str(one.get("id")): str(one.get("username", "")) for one in children(included.get("users"))}
    originals = {str(one.get("id")): one for one in children(included.get("tweets"))}
    for number, post in enumerate(children(page.get("data")), 1):
        if str(post.get("id")) == since:
            continue  # the post itself comes again
        try:
            yield from _of_post(session, _original(post, originals), users)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            yield LocatedError("x", f"post {number}", str(error), "")


def _original(post: _Post, originals: dict[str, _Post]) -> _Post:
    for one in children(post.get("referenced_tweets")):
        if one.get("type") == "retweeted":
            return originals.get(str(one.get("id")), post)
    return post


def _of_post(session: Session, post: _Post, users: dict[str, str]) -> Iterator[Indicator | LocatedError]:
    long = post.get("note_tweet")
    whole = {**post, **long} if isinstance(long, dict) and long.get("text") else post
    entities = whole.get("entities") or {}
    author = str(post.get("author_id", ""))
    reference = f"https://x.com/{users.get(author) or 'i'}/status/{post['id']}"
    tags = word_set(str(one.get("tag", "")) for one in children(entities.get("hashtags")))
    at = parse_instant(str(post.get("created_at", "")))
    claim = SourceClaim(
        "", reference, tags=tags, first_seen=at, last_seen=at, external_id=str(post["id"])[:40]
    )
    # X makes a link of every bare name: what nobody defanged is a candidate.
    return told_in(session, f"post {post['id']}", _text(whole, entities), claim, Choices(own_sites=_OWN))


def _text(post: _Post, entities: _Post) -> str:
    text = str(post.get("text", ""))
    for link in children(entities.get("urls")):
        short, real = str(link.get("url", "")), str(link.get("unwound_url") or link.get("expanded_url") or "")
        if short:
            text = text.replace(short, real or " ")
    return text
