"""What is asked of a plugin's pages: that they answer whoever comes, whatever is sent, and load only what is ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import product

from werkzeug.routing import BuildError, FloatConverter, IntegerConverter, Rule

from shop.plugin_tools.trial_site import BASE_URL, OWNER, VISITOR, TrialSite, Visited
from shop.plugins.starting import mounting

_WRONG_TEXTS = {"text of 100,000 characters": "x" * 100_000, "odd characters": "\x00'\";<%\ud7ff"}
_SCRIPTS = {"", "module", "text/javascript", "application/javascript"}


@dataclass(slots=True)
class DrawnForm:
    """A form of a page, as a browser would send it. `fields` are name and value, `required` names."""

    action: str
    is_post: bool
    fields: dict[str, str] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)


class _Page(HTMLParser):
    """Reads the forms of a page, and what the browser would not run or load under our content security policy."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[DrawnForm] = []
        self.blocked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """As the parser calls it."""
        given = {name: value or "" for name, value in attrs}
        self._look(tag, given)
        if tag == "form":
            is_post = given.get("method", "").lower() == "post"
            self.forms.append(DrawnForm(given.get("action") or self.address, is_post))
        elif self.forms and given.get("name") and tag in {"input", "textarea", "select", "button"}:
            self._take(self.forms[-1], given)

    def _take(self, form: DrawnForm, given: dict[str, str]) -> None:
        form.fields.setdefault(given["name"], given.get("value", ""))
        if "required" in given:
            form.required.append(given["name"])
        if given.get("type") in {"hidden", "submit", "button"}:
            form.hidden.append(given["name"])

    def _look(self, tag: str, given: dict[str, str]) -> None:
        inline = [name for name in given if name == "style" or name.startswith("on")]
        if inline:
            self.blocked.append(f"<{tag} {inline[0]}=...>")
        if tag == "style" or (
            tag == "script" and not given.get("src") and given.get("type", "") in _SCRIPTS
        ):
            self.blocked.append(f"<{tag}> inside the page")
        loaded = given.get("href" if tag == "link" else "src", "")
        is_loaded = tag in {"script", "img", "iframe"} or given.get("rel") == "stylesheet"
        is_elsewhere = loaded.startswith(("http:", "https:", "//"))
        if is_loaded and is_elsewhere and not loaded.startswith(f"{BASE_URL}/"):
            self.blocked.append(f"<{tag}> from {loaded}")


@dataclass(slots=True)
class PageWalk:
    """All pages of a plugin, visited by everyone. `forms` are those that lead to it, with the person who sees them."""

    site: TrialSite
    name: str
    visits: int = 0
    failed: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    nowhere: list[str] = field(default_factory=list)
    forms: dict[tuple[str, tuple[str, ...]], tuple[str, DrawnForm]] = field(default_factory=dict)

    def walk(self) -> None:
        """Visit every page of the plugin, and those of the site on which it may draw."""
        rules = mounting.rules_of(self.site.app, self.site.registry, self.name)
        for rule in rules:
            if "GET" in (rule.methods or ()):
                self._visit_all(rule)
        for who, address in self.site.pages:
            answer = self._look_at(who, address)
            if 200 != answer.status < 500:
                self.failed.append(f"GET {address} by {who}: {answer.words} instead of 200")

    def _visit_all(self, rule: Rule) -> None:
        addresses = list(tried_addresses(self.site, rule))
        answers = [
            self._look_at(who, address) for address in addresses for who in self.site.browsers
        ]
        if not rule.arguments and all(answer.status == 404 for answer in answers):
            self.nowhere.append(rule.rule)

    def _look_at(self, who: str, address: str) -> Visited:
        answer = self.site.visit(who, address)
        self.visits += 1
        if answer.status >= 500:
            self.failed.append(f"GET {address} by {who}: {answer.words}")
        if answer.is_page:
            page = _Page(address)
            page.feed(answer.text)
            self.blocked += [f"{address}: {each}" for each in page.blocked]
            for form in page.forms:
                if form.is_post and self._leads_to_plugin(form):
                    key = (form.action, tuple(form.fields))
                    self.forms.setdefault(key, (who, form))
        return answer

    def _leads_to_plugin(self, form: DrawnForm) -> bool:
        theirs = {
            rule.endpoint
            for rule in mounting.rules_of(self.site.app, self.site.registry, self.name)
        }
        path = form.action.removeprefix(BASE_URL).partition("?")[0]
        adapter = self.site.app.url_map.bind("localhost")
        return adapter.test(path, "POST") and adapter.match(path, "POST")[0] in theirs

    def send_wrong_things(self) -> Iterator[str]:
        """What is wrong with how forms, and addresses that only take something, answer to bad input."""
        for who, form in self.forms.values():
            yield from self._fill_badly(who, form)
        for rule in mounting.rules_of(self.site.app, self.site.registry, self.name):
            for method in sorted({"POST", "PUT", "PATCH", "DELETE"} & set(rule.methods or ())):
                for address in tried_addresses(self.site, rule):
                    for who in (VISITOR, OWNER):
                        answer = self.site.visit(who, address, method)
                        if answer.status >= 500:
                            yield f"{method} {address} by {who}, with nothing: {answer.words}"

    def _fill_badly(self, who: str, form: DrawnForm) -> Iterator[str]:
        kept = {name: form.fields[name] for name in form.hidden}
        answer = self.site.visit(who, form.action, "POST", data=kept)
        if answer.status >= 500:
            yield f"the form to {form.action}, empty: {answer.words}"
        elif answer.status < 400 and set(form.required) - set(form.hidden):
            yield (
                f"the form to {form.action} is taken without {form.required[0]!r}, "
                "which it says is required; answer 422"
            )
        for what, text in _WRONG_TEXTS.items():
            sent = {name: text for name in form.fields if name not in form.hidden}
            answer = self.site.visit(who, form.action, "POST", data=kept | sent)
            if answer.status >= 500:
                yield f"the form to {form.action}, with {what}: {answer.words}"


def tried_addresses(site: TrialSite, rule: Rule) -> Iterator[str]:
    """Addresses of a page: with values that are there, and with some that are not."""
    adapter = site.app.url_map.bind("localhost")
    choices = [_values(site, rule, argument) for argument in sorted(rule.arguments)]
    for values in dict.fromkeys(product(*choices)):
        given = dict(zip(sorted(rule.arguments), values, strict=True))
        try:
            yield adapter.build(rule.endpoint, given, method=next(iter(rule.methods or ["GET"])))
        except (BuildError, ValueError):
            continue


def _values(site: TrialSite, rule: Rule, argument: str) -> Sequence[object]:
    converter = rule._converters.get(argument)  # noqa: SLF001 - there is no other way to learn of it
    known = site.known.get(argument)
    if isinstance(converter, IntegerConverter):
        return [1, int(known) if known and known.isdigit() else 2, 999_999_999]
    if isinstance(converter, FloatConverter):
        return [1.5]
    return [*([known] if known else []), site.known["slug"], "no-such-thing"]
