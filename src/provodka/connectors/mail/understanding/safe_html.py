"""Html made fit to be shown in a page of ours: a small set of tags, nothing that acts or fetches.

What is not known to be harmless is left out, so that a new tag or attribute of browsers is
not a new hole. Remote pictures are named, not loaded: loading one tells its sender that, when
and where a letter was read.
"""

from __future__ import annotations

import re
from html import escape
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from provodka.connectors.mail.understanding.html_text import MOST_NODES, names, parsed_html

__all__ = ["safe_html"]

SHOWN = names(
    "a abbr address b bdi blockquote br caption center code col colgroup dd del div dl dt em "
    "font h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q s samp small span strike strong sub "
    "sup table tbody td tfoot th thead tr tt u ul"
)
DROPPED = names(
    "applet audio base button canvas datalist embed frame frameset head iframe input link map "
    "math meta noembed noframes noscript object optgroup option param picture plaintext script "
    "select source style svg template textarea title track video xml xmp"
)
EMPTY = names("br col hr img")
ATTRIBUTES = names("align alt colspan dir height lang rowspan start title valign width")
STYLES = names("color background-color font-weight font-style text-decoration text-align")
STYLE_VALUE = re.compile(r"[a-z0-9#%., ()-]{1,60}")
COLOUR_CALL = re.compile(r"(?:rgb|rgba|hsl|hsla)\([0-9., %]+\)")
SCHEMES = frozenset({"http", "https", "mailto", "tel"})
HARMLESS_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+")
MOST_PICTURE = 300_000


def safe_html(html: str) -> str:
    """A harmless rendering of a letter's html, to be put into a page; "" where it holds none.

    No scripts, forms, styles' loading, remote pictures or frames. Links open elsewhere and
    do not tell where they were opened from; a picture of the letter itself (``cid:``) is
    replaced by its description.
    """
    root = parsed_html(html)
    if root is None:
        return ""
    written: list[str] = []
    walker = etree.iterwalk(root, events=("start", "end"))
    for number, (happened, element) in enumerate(walker):
        if number > MOST_NODES or not isinstance(element.tag, str):
            continue
        if happened == "start" and element.tag in DROPPED:
            walker.skip_subtree()
        elif happened == "start":
            written.append(_opening(element) + escape(element.text or "", quote=False))
        else:
            closes = element.tag in SHOWN and element.tag not in EMPTY
            tail = escape(element.tail or "", quote=False)
            written.append((f"</{element.tag}>" if closes else "") + tail)
    return "".join(written).strip()


def _opening(element: HtmlElement) -> str:
    if element.tag not in SHOWN:
        return ""
    if element.tag == "img":
        return _picture(element)
    told = {name: value for name, value in element.attrib.items() if name in ATTRIBUTES}
    if element.tag == "a" and (link := _link(element.get("href") or "")):
        told |= {"href": link, "rel": "noopener noreferrer nofollow", "target": "_blank"}
    if element.tag == "font" and STYLE_VALUE.fullmatch((element.get("color") or "").lower()):
        told["color"] = element.get("color") or ""
    if style := _style(element.get("style") or ""):
        told["style"] = style
    written = "".join(f' {name}="{escape(value)}"' for name, value in told.items())
    return f"<{element.tag}{written}>"


def _picture(element: HtmlElement) -> str:
    source = (element.get("src") or "").strip()
    if len(source) < MOST_PICTURE and HARMLESS_PICTURE.fullmatch(source):
        return f'<img src="{escape(source)}" alt="{escape(element.get("alt") or "")}">'
    told = (element.get("alt") or "").strip()
    return f"<span>[{escape(told[:200])}]</span>" if told else ""


def _link(sent: str) -> str:
    # Browsers leave these out before they read the scheme.
    bare = re.sub(r"[\x00-\x20\x7f-\xa0]+", "", sent[:2000])
    try:
        return bare if urlsplit(bare).scheme.lower() in SCHEMES else ""
    except ValueError:
        return ""


def _style(sent: str) -> str:
    kept = []
    for rule in sent[:2000].split(";"):
        name, _colon, value = (half.strip().lower() for half in rule.partition(":"))
        if name not in STYLES or not STYLE_VALUE.fullmatch(value):
            continue
        if "(" not in value or COLOUR_CALL.fullmatch(value):
            kept.append(f"{name}: {value}")
    return "; ".join(kept)
