"""How the pages hold up against two checkers that others keep: the HTML validator of the W3C (vnu) and Lighthouse.

python -m bench.pages TOOLS [--only vnu|lighthouse]

TOOLS is a folder with both, made by `npm install --prefix TOOLS lighthouse vnu-jar@26.5.16` (a release that brings its
program along); Node.js, Java and a Chromium
(`CHROME_PATH`, or one that is found by its usual names) are needed too. The pages are those of the demo site, served
by `shop run`; cart and checkout have a product in them. Lighthouse plays a phone. axe is part of the tests
(tests/browser).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path

from bench import ground
from bench.harness import fetch, free_port, table, wait_for

PAGES = {
    "article": ground.ARTICLE,
    "list of articles": "/articles/",
    "home": "/",
    "products": "/shop/",
    "product": "/shop/table-questions",
    "cart": "/cart",
    "checkout": "/checkout",
    "search": "/search?q=trust",
    "contact": "/contact",
    "sign-in": "/account/sign-in",
    "page": "/pages/about",
}
MEASURED = ("article", "list of articles", "product", "cart", "checkout", "search")
KINDS = ("performance", "accessibility", "best-practices", "seo")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Ask the checkers and print."""
    parser = argparse.ArgumentParser(description="The pages against vnu and Lighthouse.")
    parser.add_argument("tools", type=Path, help="folder with node_modules")
    parser.add_argument("--only", choices=("vnu", "lighthouse"))
    asked = parser.parse_args()
    with ground.site() as folder, _served(folder) as port:
        cookie = _cart(port)
        if asked.only != "lighthouse":
            _validate(asked.tools, port, cookie)
        if asked.only != "vnu":
            _score(asked.tools, port, cookie)


@contextmanager
def _served(folder: Path) -> Iterator[int]:
    port = free_port()
    shop = str(Path(sys.executable).parent / "shop")
    process = subprocess.Popen(
        [shop, "run", "--port", str(port), "--workers", "1"],
        env={**os.environ, **ground.environment(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _cart(port: int) -> str:
    """The header `Cookie` of a visitor with one product in the cart."""
    page, _headers = fetch(port, PAGES["product"])
    variant = page.decode().split('name="variant"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(
        "POST",
        "/cart/items",
        f"variant={variant}&quantity=1",
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://127.0.0.1:{port}",
        },
    )
    jar = SimpleCookie()
    for line in connection.getresponse().headers.get_all("Set-Cookie", []):
        jar.load(line)
    connection.close()
    return "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())


def _validate(tools: Path, port: int, cookie: str) -> None:
    jar = next(tools.glob("node_modules/vnu-jar/build/dist/vnu.jar"))
    with tempfile.TemporaryDirectory() as name:
        files = []
        for page, address in PAGES.items():
            file = Path(name) / f"{page.replace(' ', '-')}.html"
            file.write_bytes(fetch(port, address, Cookie=cookie)[0])
            files.append(file)
        ran = subprocess.run(
            [
                _found("java"),
                "-jar",
                str(jar),
                "--format",
                "json",
                "--exit-zero-always",
                *map(str, files),
            ],
            capture_output=True,
            check=True,
        )
        said = json.loads(ran.stderr)["messages"]
    counted = Counter((Path(each["url"]).stem, each["type"]) for each in said)
    table(
        "HTML, by vnu",
        [
            (page, str(counted[page, "error"]), str(counted[page, "info"]))
            for page in (each.replace(" ", "-") for each in PAGES)
        ],
        ("page", "errors", "warnings"),
    )
    messages = Counter((Path(each["url"]).stem, each["type"], each["message"]) for each in said)
    for (page, kind, message), times in sorted(messages.items()):
        print(f"{page}: {kind}, {times} times: {message}")


def _found(*names: str) -> str:
    """The first of these programs that is installed."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        sys.exit(f"This needs {' or '.join(names)}.")
    return found


def _score(tools: Path, port: int, cookie: str) -> None:
    table(
        "Lighthouse, on a phone",
        [
            (page, *map(str, _scores(tools, port, PAGES[page], cookie).values()))
            for page in MEASURED
        ],
        ("page", *KINDS, "layout shift", "failed audits"),
    )


def _scores(tools: Path, port: int, address: str, cookie: str) -> Mapping[str, object]:
    command = [
        str(tools / "node_modules" / ".bin" / "lighthouse"),
        f"http://127.0.0.1:{port}{address}",
        "--quiet",
        "--output=json",
        f"--only-categories={','.join(KINDS)}",
        f"--extra-headers={json.dumps({'Cookie': cookie})}",
        "--chrome-flags=--headless=new --no-sandbox",
    ]
    chromium = os.environ.get("CHROME_PATH") or _found(*CHROMIUM)
    ran = subprocess.run(
        command,
        env={**os.environ, "CHROME_PATH": chromium},
        capture_output=True,
        check=True,
    )
    report = json.loads(ran.stdout)
    audits = report["audits"]
    failed = [
        name
        for category in report["categories"].values()
        for reference in category["auditRefs"]
        if reference["weight"] and (score := audits[name := reference["id"]]["score"]) is not None
        if score < 0.9  # what Lighthouse itself draws in green
    ]
    return {
        **{kind: round(report["categories"][kind]["score"] * 100) for kind in KINDS},
        "shift": f"{audits['cumulative-layout-shift']['numericValue']:.3f}",
        "failed": ", ".join(failed) or "none",
    }


if __name__ == "__main__":
    main()
