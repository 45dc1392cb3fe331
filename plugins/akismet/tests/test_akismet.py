"""What the plugin promises. Akismet is a function here, that answers as the real one is documented."""

from dataclasses import dataclass, field

import pytest
from bookstall_akismet import service
from bookstall_akismet.judging import PAUSE
from bookstall_akismet.service import AkismetSettings
from werkzeug import Response

from shop.plugins.api import CommentView, look_up

KEY = "a1b2c3d4e5f6"
SPAM = "Nice article about my roof, I liked the second part and read it twice."


@dataclass
class FakeAkismet:
    """Knows one key, calls one text spam, and writes down what it is taught."""

    is_away: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    taught: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, request):
        verb, given = request.path.removeprefix("/1.1/"), request.form.to_dict()
        if self.is_away:
            return Response("try later", 503)
        if given["api_key"] != KEY:
            return Response("invalid", headers={"X-akismet-debug-help": "We were unable to parse"})
        if verb == "verify-key":
            return Response("valid")
        if verb == "comment-check":
            self.asked.append(given)
            return Response("true" if given["comment_content"] == SPAM else "false")
        self.taught.append((verb, given["comment_content"]))
        return Response("Thanks for making the web a better place.")


@pytest.fixture
def akismet(internet, change_settings):
    change_settings(AkismetSettings, key=KEY, sends_author=True)
    server = FakeAkismet()
    internet.serve("rest.akismet.com", server)
    yield server
    change_settings(AkismetSettings, key="")  # nobody else's comments are sent


@pytest.fixture
def decide(site, signed_in, run_jobs, travel):
    """A person decides, and perhaps again, before the ten minutes go by."""
    editor = signed_in("moderator")

    def decide(comment, *verbs):
        for verb, seen in zip(verbs, ("waiting", *verbs), strict=False):
            answer = editor.post(f"/admin/comments/{comment.id}/{verb}?state={seen}")
            assert answer.status_code == 303
        run_jobs()
        travel(PAUSE)
        run_jobs()

    return decide


def now_of(site, comment):
    return look_up(CommentView, comment.id)


def test_what_akismet_calls_spam_waits_for_a_person_and_says_why(
    site, akismet, make_article, make_comment, run_jobs
):
    article = make_article()
    spam, other = make_comment(article, body=SPAM), make_comment(article)
    run_jobs()
    assert now_of(site, spam).state == "waiting"
    assert "akismet" in now_of(site, spam).found_by
    assert "akismet" not in now_of(site, other).found_by
    assert akismet.asked[0] == {
        "api_key": KEY,
        "blog": "http://localhost/",
        "blog_charset": "UTF-8",
        "comment_author": "Ann",
        "comment_author_email": "ann@example.org",
        "comment_author_url": "",
        "comment_content": SPAM,
        "comment_type": "comment",
        "permalink": article.url,
        "user_ip": "127.0.0.1",
    }


def test_it_is_taught_where_it_was_wrong_and_nothing_else(
    site, akismet, make_article, make_comment, run_jobs, decide
):
    article = make_article()
    wronged, missed = make_comment(article, body=SPAM), make_comment(article)
    right = make_comment(article, body="I disagree with the last part, though it is well written.")
    run_jobs()
    decide(wronged, "approve")
    decide(missed, "spam")
    decide(right, "spam", "approve")
    assert now_of(site, right).state == "approved"
    assert akismet.taught == [("submit-ham", SPAM), ("submit-spam", missed.body)]


def test_while_it_is_away_a_person_decides(site, akismet, make_article, make_comment, run_jobs):
    akismet.is_away = True
    comment = make_comment(make_article())
    run_jobs()
    assert now_of(site, comment).state == "waiting"
    with pytest.raises(Exception, match="503"):
        service.check_key()


def test_name_and_address_are_not_sent_against_the_owners_will(
    akismet, change_settings, make_article, make_comment, run_jobs
):
    change_settings(AkismetSettings, sends_author=False)
    make_comment(make_article())
    run_jobs()
    assert "ann@example.org" not in akismet.asked[0].values()
    assert "Ann" not in akismet.asked[0].values()


def test_without_a_key_nobody_is_asked_and_a_wrong_one_is_said(
    akismet, change_settings, make_article, make_comment, run_jobs
):
    assert service.check_key() == "the key holds"
    change_settings(AkismetSettings, key="")
    make_comment(make_article())
    run_jobs()
    assert akismet.asked == []
    change_settings(AkismetSettings, key="wrong")
    with pytest.raises(service.Unclear, match="does not hold"):
        service.check_key()
