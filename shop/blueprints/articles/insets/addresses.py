"""The addresses of films, recordings and posts on other sites, and those of their frames.

A pattern is matched against host (without `www.`), path and query. Frames are asked for without cookies where the site
offers that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_YOUTUBE = (
    "https://www.youtube.com/watch?v={0}",
    "https://www.youtube-nocookie.com/embed/{0}?autoplay=1",
)
_SOUNDCLOUD = ("https://{0}", "https://w.soundcloud.com/player/?url=https%3A//{0}&auto_play=true")
_ID = r"([\w-]{11})(?![\w-])"
_ANY_HOST = r"([a-z0-9.-]{4,253})"


@dataclass(frozen=True, slots=True)
class Shape:
    """How addresses of one site look. What `pattern` holds in brackets is put into `page`, where readers find it there,
    and into `frame`, which shows it inside another page.
    """

    site: str
    kind: str
    pattern: re.Pattern[str]
    page: str
    frame: str


def _shape(site: str, kind: str, pattern: str, page: str, frame: str) -> Shape:
    return Shape(site, kind, re.compile(pattern, re.ASCII), page, frame)


SHAPES = (
    _shape(
        "YouTube",
        "film",
        r"(?:m\.|music\.)?youtube(?:-nocookie)?\.com/"
        rf"(?:watch/?\?(?:[^#]{{0,500}}&)?v=|embed/|shorts/|live/|v/){_ID}",
        *_YOUTUBE,
    ),
    _shape("YouTube", "film", rf"youtu\.be/{_ID}", *_YOUTUBE),
    _shape(
        "Vimeo",
        "film",
        r"(?:player\.)?vimeo\.com/(?:video/|channels/\w{1,60}/)?(\d{1,12})(?!\w)",
        "https://vimeo.com/{0}",
        "https://player.vimeo.com/video/{0}?dnt=1&autoplay=1",
    ),
    _shape(
        "Dailymotion",
        "film",
        r"dailymotion\.com/(?:embed/)?video/(\w{5,20})",
        "https://www.dailymotion.com/video/{0}",
        "https://geo.dailymotion.com/player.html?video={0}",
    ),
    _shape(
        "Internet Archive",
        "film",
        r"archive\.org/(?:details|embed)/([\w.-]{1,100})",
        "https://archive.org/details/{0}",
        "https://archive.org/embed/{0}",
    ),
    _shape(
        "Spotify",
        "sound",
        r"open\.spotify\.com/(?:embed/)?((?:album|artist|episode|playlist|show|track)/\w{5,40})",
        "https://open.spotify.com/{0}",
        "https://open.spotify.com/embed/{0}",
    ),
    _shape(
        "SoundCloud",
        "sound",
        r"w\.soundcloud\.com/player/?\?(?:[^#]{0,500}&)?url=https?://"
        r"(api\.soundcloud\.com/(?:tracks|playlists)/\d{1,15})",
        *_SOUNDCLOUD,
    ),
    _shape(
        "SoundCloud",
        "sound",
        r"(soundcloud\.com/[\w-]{1,100}/(?:sets/)?[\w-]{1,200})",
        *_SOUNDCLOUD,
    ),
    # Software that runs on many sites is known by the shape of its addresses.
    _shape(
        "PeerTube",
        "film",
        rf"{_ANY_HOST}/(?:w|videos/watch|videos/embed)/([\w-]{{10,40}})(?![\w-])",
        "https://{0}/videos/watch/{1}",
        "https://{0}/videos/embed/{1}?autoplay=1",
    ),
    _shape(
        "Mastodon",
        "post",
        rf"{_ANY_HOST}/(@[\w.@-]{{1,100}}/\d{{5,25}})(?:/embed)?(?![\w/])",
        "https://{0}/{1}",
        "https://{0}/{1}/embed",
    ),
)
EMBEDDED_HOSTS = (
    "youtube.com",
    "youtu.be",
    "vimeo.com",
    "dailymotion.com",
    "archive.org",
    "open.spotify.com",
    "soundcloud.com",
)
"""Sites of films and recordings alone: an address of theirs that is pasted into a text becomes an embed."""
