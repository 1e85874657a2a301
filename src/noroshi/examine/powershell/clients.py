"""Clients of the web: what they would fetch or send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from noroshi.examine.model import EffectKind
from noroshi.examine.powershell.values import Thing, Unknown, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from noroshi.examine.powershell import nodes as n
    from noroshi.examine.powershell.evaluator import Evaluator

    Method = Callable[[Evaluator, n.Node, Thing, list[Any]], Any]


def request(  # noqa: PLR0913 - what a request is made of
    evaluator: Evaluator, node: n.Node, by: str, method: str, url: Any, *, body: Any = None
) -> None:
    """Note a request."""
    evaluator.session.effect(EffectKind.REQUEST, by, node, method=method, url=url, body=body)


def download(evaluator: Evaluator, node: n.Node, by: str, url: Any, file: Any = None) -> Unknown:
    """Note a download; returns what came, which is unknown."""
    evaluator.session.effect(EffectKind.DOWNLOAD, by, node, url=url, file=file)
    return Unknown(f"content of {text_of(url)}")


def _full(thing: Thing, url: Any) -> str:
    base = thing.state.get("baseaddress")
    text = text_of(url)
    return f"{text_of(base).rstrip('/')}/{text.lstrip('/')}" if base and "://" not in text else text


def _to_file(evaluator: Evaluator, node: n.Node, thing: Thing, args: list[Any]) -> None:
    download(
        evaluator, node, "WebClient.DownloadFile", _full(thing, args[0]), args[1] if len(args) > 1 else None
    )


def _to_memory(name: str) -> Method:
    def fetch(evaluator: Evaluator, node: n.Node, thing: Thing, args: list[Any]) -> Any:
        url = _full(thing, args[0])
        found = download(evaluator, node, f"{thing.type.rpartition('.')[2]}.{name}", url)
        stream = name in {"OpenRead", "GetStreamAsync"}
        return Thing("net.webstream", {"base": found, "url": url}) if stream else found

    return fetch


def _send(evaluator: Evaluator, node: n.Node, thing: Thing, args: list[Any]) -> Unknown:
    url = _full(thing, args[0])
    method = text_of(args[1]) if len(args) > 2 else "POST"
    request(evaluator, node, "WebClient.Upload", method, url, body=args[-1] if len(args) > 1 else None)
    return Unknown(f"answer of {url}")


def _response(evaluator: Evaluator, node: n.Node, thing: Thing, _args: list[Any]) -> Thing:
    url = thing.state.get("url", "")
    method = text_of(thing.state.get("method", "GET")).upper()
    if method == "GET":
        download(evaluator, node, "WebRequest.GetResponse", url)
    else:
        request(evaluator, node, "WebRequest.GetResponse", method, url)
    return Thing("net.webresponse", {"url": url})


def _response_stream(_evaluator: Evaluator, _node: n.Node, thing: Thing, _args: list[Any]) -> Thing:
    url = thing.state.get("url", "")
    return Thing("net.webstream", {"base": Unknown(f"content of {text_of(url)}"), "url": url})


CLIENT_METHODS: Final[dict[str, Method]] = {
    "downloadfile": _to_file,
    "downloadfileasync": _to_file,
    "downloadfiletaskasync": _to_file,
    "downloadstring": _to_memory("DownloadString"),
    "downloadstringasync": _to_memory("DownloadString"),
    "downloadstringtaskasync": _to_memory("DownloadString"),
    "downloaddata": _to_memory("DownloadData"),
    "downloaddatataskasync": _to_memory("DownloadData"),
    "openread": _to_memory("OpenRead"),
    "getstringasync": _to_memory("GetStringAsync"),
    "getbytearrayasync": _to_memory("GetByteArrayAsync"),
    "getstreamasync": _to_memory("GetStreamAsync"),
    "getasync": _to_memory("GetAsync"),
    "uploadstring": _send,
    "uploaddata": _send,
    "uploadfile": _send,
    "uploadvalues": _send,
    "postasync": _send,
    "getresponse": _response,
    "getresponsestream": _response_stream,
}
