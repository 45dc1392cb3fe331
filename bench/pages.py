"""How the pages hold up against two checkers that others keep: the HTML validator of the W3C (vnu) and Lighthouse.

python -m bench.pages TOOLS [--only vnu|lighthouse] [--page NAME] [--runs 3]

TOOLS is a folder with both, made by `npm install --prefix TOOLS lighthouse vnu-jar@26.5.16` (a release that brings its
program along); Node.js, Java and a Chromium
(`CHROME_PATH`, or one that is found by its usual names) are needed too. The pages are those of the demo site, served
by `shop run`; cart and checkout have a product in them. Lighthouse plays a phone. axe is part of the tests
(tests/browser).

It ends with 1 when vnu finds an error, or a page has less than 100 points in one of Lighthouse's four categories.

Made for a busy machine: one page at a time, a long wait for the browser, a run that fails is tried once more, and of
several runs the one in the middle counts. Lighthouse works out what a slow network would cost instead of
slowing the page down (`simulate`), but what layout and scripts cost is the machine's, and it takes a busy one
for a slow phone. So the table also says how fast the processor was meanwhile: Lighthouse's `benchmarkIndex`. It takes
1,500 and more for a desk, and slows that down four times to play a phone; below 1,000 the points for performance are
those of the machine and not of the page. Pages that no search engine is to list say so by
`noindex`, which Lighthouse takes for a fault: that one audit (`is-crawlable`) is left out for them.
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
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from bench import ground
from bench.harness import fetch, free_port, table, wait_for

Report = dict[str, Any]

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
UNLISTED = {"cart", "checkout", "search"}
"""Pages that are for nobody but their visitor, or made of what was asked."""
KINDS = ("performance", "accessibility", "best-practices", "seo")
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
TRIES = 3
PATIENCE = 300  # seconds for one run


def main() -> None:
    """Ask the checkers and print."""
    parser = argparse.ArgumentParser(description="The pages against vnu and Lighthouse.")
    parser.add_argument("tools", type=Path, help="folder with node_modules")
    parser.add_argument("--only", choices=("vnu", "lighthouse"))
    parser.add_argument("--page", choices=PAGES, action="append", help="this page alone")
    parser.add_argument("--runs", type=int, default=3, help="of Lighthouse, for each page")
    asked = parser.parse_args()
    is_well = True
    with ground.site() as folder, _served(folder) as port:
        cookie = _cart(port)
        if asked.only != "lighthouse":
            is_well &= _is_valid(asked.tools, port, cookie, asked.page or PAGES)
        if asked.only != "vnu":
            is_well &= _is_best(asked.tools, port, cookie, asked.page or MEASURED, asked.runs)
    sys.exit(0 if is_well else 1)


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


def _is_valid(tools: Path, port: int, cookie: str, pages: Collection[str]) -> bool:
    jar = next(tools.glob("node_modules/vnu-jar/build/dist/vnu.jar"))
    with tempfile.TemporaryDirectory() as name:
        files = []
        for page in pages:
            file = Path(name) / f"{page.replace(' ', '-')}.html"
            file.write_bytes(fetch(port, PAGES[page], Cookie=cookie)[0])
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
            for page in (each.replace(" ", "-") for each in pages)
        ],
        ("page", "errors", "warnings"),
    )
    messages = Counter((Path(each["url"]).stem, each["type"], each["message"]) for each in said)
    for (page, kind, message), times in sorted(messages.items()):
        print(f"{page}: {kind}, {times} times: {message}")
    return not any(kind == "error" for _page, kind in counted)


def _found(*names: str) -> str:
    """The first of these programs that is installed."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        sys.exit(f"This needs {' or '.join(names)}.")
    return found


def _is_best(tools: Path, port: int, cookie: str, pages: Collection[str], runs: int) -> bool:
    scored = {}
    for page in pages:
        reports = [_report(tools, port, page, cookie) for _ in range(runs)]
        scored[page] = _in_the_middle(reports)
        print(f"{page}: {', '.join(_row(scored[page]))}", file=sys.stderr, flush=True)
    table(
        f"Lighthouse, on a phone, the middle one of {runs} runs",
        [(page, *_row(report)) for page, report in scored.items()],
        ("page", *KINDS, "layout shift", "processor", "lost points"),
    )
    return all(_points(report, kind) == 100 for report in scored.values() for kind in KINDS)


def _in_the_middle(reports: list[Report]) -> Report:
    return sorted(reports, key=lambda report: [_points(report, kind) for kind in KINDS])[
        len(reports) // 2
    ]


def _points(report: Report, kind: str) -> int:
    return round(report["categories"][kind]["score"] * 100)


def _row(report: Report) -> tuple[str, ...]:
    return (
        *(str(_points(report, kind)) for kind in KINDS),
        f"{report['audits']['cumulative-layout-shift']['numericValue']:.3f}",
        f"{report['environment']['benchmarkIndex']:.0f}",
        ", ".join(_lost(report)) or "none",
    )


def _lost(report: Report) -> Iterator[str]:
    """The audits that took points away, with what they say."""
    for kind, category in report["categories"].items():
        if _points(report, kind) == 100:
            continue
        for reference in category["auditRefs"]:
            audit = report["audits"][reference["id"]]
            if reference["weight"] and audit["score"] is not None and audit["score"] < 1:
                yield " ".join(filter(None, [reference["id"], audit.get("displayValue")]))


def _report(tools: Path, port: int, page: str, cookie: str) -> Report:
    """What Lighthouse says of a page.

    Raises:
        RuntimeError: it failed or gave up each time.
    """
    for _ in range(TRIES):
        try:
            ran = subprocess.run(
                _command(tools, port, page, cookie),
                env={**os.environ, "CHROME_PATH": _chromium()},
                capture_output=True,
                timeout=PATIENCE,
                check=True,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            said = (error.stderr or b"").decode(errors="replace")
            continue
        report: Report = json.loads(ran.stdout)
        said = str(report.get("runtimeError") or "")
        if all(report["categories"][kind]["score"] is not None for kind in KINDS):
            return report
    raise RuntimeError(f"Lighthouse did not get through {page}: {said[-2000:]}")


def _command(tools: Path, port: int, page: str, cookie: str) -> list[str]:
    return [
        str(tools / "node_modules" / ".bin" / "lighthouse"),
        f"http://127.0.0.1:{port}{PAGES[page]}",
        "--quiet",
        "--output=json",
        f"--only-categories={','.join(KINDS)}",
        *(["--skip-audits=is-crawlable"] if page in UNLISTED else []),
        "--throttling-method=simulate",
        "--max-wait-for-load=120000",
        f"--extra-headers={json.dumps({'Cookie': cookie})}",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
    ]


def _chromium() -> str:
    return os.environ.get("CHROME_PATH") or _found(*CHROMIUM)


if __name__ == "__main__":
    main()
