"""Every address and every form of the site, tried by schemathesis: whatever is sent, nothing may fail with 500.

python -m bench.fuzz [--examples 20] [--as owner|buyer|stranger]

It needs schemathesis, which nothing else here does: `.venv/bin/pip install schemathesis`.

The description that schemathesis works from is made here, in the shape of OpenAPI: addresses and methods come from the
application's map, the fields of forms from the pages that show them. Signing out, and what ends an account, is left
out, because everything after it would be tried as a stranger. tests/architecture/test_no_page_fails.py tries fewer
values, but in forms that are right but for one field; here everything may be wrong at once.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import schemathesis
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.routing.exceptions import RequestRedirect

from bench import ground
from bench.harness import table
from shop.app import create_app
from shop.config import Config
from shop.extensions import limiter

QUERIES = ("q", "search", "state", "page", "after", "article", "reply", "next", "from", "low")
LEFT_OUT = re.compile(r"sign-out|/erase|/static/|/devices|/sessions")
PEOPLE = {"owner": "owner@example.org", "buyer": "buyer@example.org"}
SEED = 20261129
SAME_PAGES = 3
"""So many addresses of one rule are read for their forms."""
ORIGIN = "http://localhost"
HEADERS = {"Origin": ORIGIN}

Fields = dict[str, dict[str, Any]]
Known = defaultdict[str, set[Any]]


def main() -> None:
    """Try and print."""
    parser = argparse.ArgumentParser(description="Every address and form, by schemathesis.")
    parser.add_argument("--examples", type=int, default=20, help="requests an operation")
    parser.add_argument("--as", dest="who", choices=("owner", "buyer", "stranger"), default="owner")
    asked = parser.parse_args()
    with ground.site() as folder:
        app = create_app(Config(data_dir=folder, secret_key=ground.KEY, base_url=ORIGIN))
        limiter.enabled = False
        client = _signed_in(app, asked.who)
        described = describe(app, *_walked(app, client))
        answers, failures = _try_all(described, client, asked.examples)
    table(
        f"schemathesis {schemathesis.SCHEMATHESIS_VERSION}, as {asked.who}",
        [
            ("operations", str(sum(map(len, described["paths"].values())))),
            ("requests", str(answers.total())),
            *((f"answered {status}", str(answers[status])) for status in sorted(answers)),
            ("failed", str(len(failures))),
        ],
        ("what", "count"),
    )
    print("\n".join(failures))
    sys.exit(1 if failures else 0)


def describe(app: Flask, forms: Mapping[str, Fields], known: Known) -> dict[str, Any]:
    """The application's map in the shape of OpenAPI 3.

    Args:
        forms: the fields of the form that a rule takes.
        known: values by name that stand in addresses of the site, so that some of what is tried is there.
    """
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for rule in app.url_map.iter_rules():
        if LEFT_OUT.search(rule.rule) or rule.subdomain or rule.endpoint == "static":
            continue
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        for method in (rule.methods or set()) & {"GET", "POST"}:
            paths[path][method.lower()] = _operation(rule, method, forms.get(rule.rule, {}), known)
    return {
        "openapi": "3.0.3",
        "info": {"title": "Bookstall", "version": "1"},
        "paths": dict(paths),
    }


def _operation(rule: Rule, method: str, fields: Fields, known: Known) -> dict[str, Any]:
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"anyOf": [{"enum": sorted(known[name]) or [1]}, _any_value(rule, name)]},
        }
        for name in sorted(rule.arguments)
        if "{" + name + "}" in re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
    ]
    if method == "GET":
        parameters += [
            {"name": name, "in": "query", "schema": {"type": "string"}} for name in QUERIES
        ]
        return {"parameters": parameters, "responses": {"default": {"description": ""}}}
    body = {
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {"type": "object", "properties": fields, "additionalProperties": True}
            }
        }
    }
    return {
        "parameters": parameters,
        "requestBody": body,
        "responses": {"default": {"description": ""}},
    }


def _any_value(rule: Rule, name: str) -> dict[str, Any]:
    if isinstance(rule._converters.get(name), IntegerConverter):  # noqa: SLF001
        return {"type": "integer"}
    return {"type": "string", "minLength": 1}


def _signed_in(app: Flask, who: str) -> FlaskClient:
    client = app.test_client()
    if who != "stranger":
        body = {"email": PEOPLE[who], "password": ground.PASSWORD}
        status = client.post("/account/sign-in", data=body, headers=HEADERS).status_code
        if status != 303:
            sys.exit(f"Could not sign in as {who}: {status}.")
    return client


def _walked(app: Flask, client: FlaskClient) -> tuple[Mapping[str, Fields], Known]:
    """The fields of the forms on all pages that links lead to, by rule, and what stands in the addresses, by name."""
    forms, known = defaultdict[str, Fields](dict), defaultdict[str, set[Any]](set)
    waiting = ["/", "/admin/", "/account/"]
    seen, walked = set(waiting), Counter[str]()
    while waiting:
        answer = client.get(waiting.pop())
        if answer.mimetype != "text/html":
            continue
        page = BeautifulSoup(answer.text, "html.parser")
        for form in page.select("form[method=post]"):
            rule, arguments = _rule_of(app, str(form.get("action") or ""), "POST")
            _remember(known, arguments)
            if rule:
                forms[rule].update(_fields(form))
        for link in page.select("a[href^='/']"):
            address = urlsplit(str(link["href"])).path
            rule, arguments = _rule_of(app, address, "GET")
            _remember(known, arguments)
            if rule and address not in seen and walked[rule] < SAME_PAGES:
                walked[rule] += 1
                seen.add(address)
                waiting.append(address)
    return forms, known


def _remember(known: Known, arguments: Mapping[str, Any]) -> None:
    for name, value in arguments.items():
        known[name].add(value)


def _rule_of(app: Flask, address: str, method: str) -> tuple[str, Mapping[str, Any]]:
    try:
        rule, arguments = app.url_map.bind("").match(
            urlsplit(address).path or "/", method=method, return_rule=True
        )
    except (HTTPException, RequestRedirect):
        return "", {}
    return ("", {}) if LEFT_OUT.search(rule.rule) else (rule.rule, arguments)


def _fields(form: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for field in form.select("[name]"):
        choices = [str(option.get("value", "")) for option in field.select("option")]
        kind: dict[str, Any] = {"type": "string"}
        yield str(field["name"]), {"anyOf": [kind, {"enum": choices}]} if choices else kind


def _try_all(
    described: Mapping[str, Any], client: FlaskClient, examples: int
) -> tuple[Counter[int], list[str]]:
    answers, failures = Counter[int](), list[str]()
    for result in schemathesis.openapi.from_dict(dict(described)).get_all_operations():
        operation = result.ok()

        @seed(SEED)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy())
        def attempt(case: schemathesis.Case) -> None:
            status = _sent(case, client)
            answers[status] += 1
            if status >= 500:
                failures.append(f"{status}: {case.as_curl_command()}")

        attempt()
    return answers, failures


def _sent(case: schemathesis.Case, client: FlaskClient) -> int:
    """The status of the answer to what schemathesis made up."""
    fields = case.body if isinstance(case.body, dict) else {}
    answer = client.open(
        case.formatted_path,
        method=case.method,
        query_string=urlencode(dict(case.query or {}), errors="replace"),
        data=urlencode(fields, doseq=True, errors="replace") if case.method == "POST" else None,
        content_type="application/x-www-form-urlencoded" if case.method == "POST" else None,
        headers=HEADERS,
    )
    status = answer.status_code
    answer.close()
    return status


if __name__ == "__main__":
    main()
