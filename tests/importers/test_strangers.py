"""Sites that nobody here has seen: builders, languages, types of their own, files in parts, translated tables."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import select

from shop.blueprints.articles.models import Article
from shop.blueprints.catalog.models import Product
from shop.blueprints.comments.models import Comment
from shop.blueprints.importers.linked_folders import LinkedFolders
from shop.blueprints.newsletter.models import NewsletterSubscriber
from shop.blueprints.redirects.addresses import stored_forms
from shop.core.site import site as site_settings
from shop.extensions import db
from tests.factories.imports import SITE, wp_item, wxr
from tests.importers.conftest import Import

BLOG = f"{SITE}/blog"
WIDGETS = [
    {"widgetType": "heading", "settings": {"title": "Hello & more", "header_size": "h2"}},
    {"widgetType": "text-editor", "settings": {"editor": "<p>Some <b>words</b></p>"}},
    {"widgetType": "image", "settings": {"image": {"url": f"{SITE}/a.jpg"}, "caption": "A cup"}},
    {"widgetType": "button", "settings": {"text": "Buy it", "link": {"url": f"{BLOG}/soup/"}}},
    {"widgetType": "icon-list", "settings": {"icon_list": [{"text": "One"}, {"text": "Two"}]}},
    {"widgetType": "accordion", "settings": {"tabs": [{"tab_title": "Why?", "tab_content": "<p>So</p>"}]}},
    {"widgetType": "video", "settings": {"youtube_url": "https://www.youtube.com/watch?v=XHOmBV4js_E"}},
]  # fmt: skip


def meta(key: str, value: str) -> str:
    return (
        f"<wp:postmeta><wp:meta_key>{key}</wp:meta_key>"
        f"<wp:meta_value><![CDATA[{value}]]></wp:meta_value></wp:postmeta>"
    )


def at(path: str) -> str:
    return f"<link>{BLOG}{path}</link>"


def test_a_blog_in_a_folder_that_was_exported_in_parts_comes_in_whole(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    tree = json.dumps([{"elements": [{"elements": WIDGETS}]}])
    first = wxr(
        tmp_path / "1.xml",
        wp_item(1, "Widgets", kind="page", content="", slug="w", more=meta("_elementor_data", tree) + at("/w/")),
        wp_item(2, "Doubled", slug="d", content="<p>Many words stand here.</p>",
                more=meta("_elementor_data", json.dumps([{"elements": WIDGETS[:1]}])) + at("/d/")),
        wp_item(3, "French", slug="bonjour", more=meta("_wpml_import_language_code", "fr") + at("/fr/bonjour/")),
        site=BLOG,
    )  # fmt: skip
    second = wxr(
        tmp_path / "2.xml",
        wp_item(4, "a", kind="attachment", more="<wp:post_parent>2</wp:post_parent>"
                f"<wp:attachment_url>{SITE}/a.jpg</wp:attachment_url>"),
        wp_item(5, "Soup", kind="recipe", slug="soup", more=at("/soup/")),
        wp_item(6, "", status="auto-draft"), wp_item(7, "Form", kind="wpcf7_contact_form"),
        wp_item(8, "Cyrillic", slug="%d0%bc%d0%b8%d1%80", more=at("/%d0%bc%d0%b8%d1%80/")).replace("ruth", "ann@b.x"),
        wp_item(9, "Divi", slug="divi", more=at("/divi/"),
                content='[et_pb_section a="1"][et_pb_text]Words[/et_pb_text]'
                '[et_pb_video src="https://v.example/1"][/et_pb_video][/et_pb_section]'),
        site=BLOG,
    )  # fmt: skip
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        archive.write(first, "x/1.xml")
        archive.write(second, "x/2.xml")
    told = bring_in("wordpress", tmp_path / "site.zip").output
    assert "name it among the further types (--as-article" in told
    assert "nothing was saved in it" in told
    assert "a part of the theme or of a plugin" in told
    assert "et_pb_" not in told
    told = bring_in("wordpress", tmp_path / "site.zip", "--as-article", "x, recipe").output
    assert "imported 1, unchanged 5" in told
    found = {each.title: each for each in db.session.scalars(select(Article))}
    assert found["Widgets"].body == (
        f"## Hello & more\n\nSome **words**\n\n[Picture]({SITE}/a.jpg)\n\nA cup\n\n[Buy it]({BLOG}/soup/)\n\nOne"
        "\n\nTwo\n\n### Why?\n\nSo\n\n::embed[https://www.youtube.com/watch?v=XHOmBV4js_E]"
    )
    assert found["Doubled"].body == "Many words stand here."
    assert found["Divi"].body == "Words\n\n[https://v.example/1](https://v.example/1)"
    assert found["French"].language == "fr"
    assert found["Cyrillic"].author is not None
    assert found["Cyrillic"].author.name == "ann"
    for old, new in (
        ("/blog/w/", "/pages/w"), ("/blog/?p=1", "/pages/w"), ("/blog/?p=2", "/articles/d"),
        ("/blog/index.php?p=2", "/articles/d"), ("/blog/?attachment_id=4", "/articles/d"),
        ("/blog/D/", "/articles/d"), ("/blog/d/2/", "/articles/d"),
        ("/blog/d/amp/", "/articles/d"), ("/blog/fr/bonjour", "/articles/bonjour"), ("/blog/мир/", "/articles/mir"),
        ("/blog/soup/feed/", "/articles/soup"), ("/blog/", "/articles/"), ("/blog/feed/", "/feed.xml"),
    ):  # fmt: skip
        assert (old, client.get(old).location) == (old, new)


ENTRY = "<entry><id>tag:blogger.com,1999:blog-1.post-{}</id><published>2019-05-0{}T10:00:00Z</published>{}</entry>"
KIND = "<category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/blogger/2008/kind#{}'/>"


def test_both_forms_of_a_blogger_export_come_in_and_other_files_are_recognised(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    head = "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:thr='http://purl.org/syndication/thread/1.0'"
    about = "<thr:in-reply-to ref='tag:blogger.com,1999:blog-1.post-10'/>"
    old = tmp_path / "blog.xml"
    old.write_text(
        f"{head}><link rel='alternate' href='https://my.blogspot.com/'/>"
        + ENTRY.format(9, 1, KIND.format("settings") + "<title>x</title>")
        + ENTRY.format(10, 1, KIND.format("post") + "<title>Tea</title><category scheme='x' term='Green tea'/>"
                       "<content type='html'>One&lt;br /&gt;&lt;br /&gt;Two &lt;a href='http://my.blogspot.com/2019/06/b.html"
                       "'&gt;b&lt;/a&gt;</content><link rel='alternate' href='http://my.blogspot.com/2019/05/tea.html'/>")
        + ENTRY.format(12, 3, KIND.format("comment") + "<content type='html'>No</content>" + about
                       + "<link rel='related' href='http://www.blogger.com/feeds/1/10/comments/default/11'/>")
        + ENTRY.format(11, 2, KIND.format("comment") + "<content type='html'>Yes</content>" + about)
        + ENTRY.format(13, 4, KIND.format("page") + "<title>B</title><content type='html'>B</content>"
                       "<link rel='alternate' href='http://my.blogspot.com/2019/06/b.html'/>")
        + "</feed>"
    )  # fmt: skip
    assert "imported 4, unchanged 0, refused 0" in bring_in("blogger", old).output
    new = f"{head} xmlns:blogger='http://schemas.google.com/blogger/2018'>" + ENTRY.format(
        20, 5, "<blogger:type>POST</blogger:type><blogger:status>DRAFT</blogger:status><title>Later</title>"
        "<blogger:filename>/2019/05/later.html</blogger:filename>"
    ) + ENTRY.format(
        21, 5, "<blogger:type>PAGE</blogger:type><blogger:status>SOFT_TRASHED</blogger:status><title>Bin</title>"
    ) + "".join(
        ENTRY.format(number, 6, f"<blogger:type>COMMENT</blogger:type><blogger:status>{status}</blogger:status>"
        "<blogger:parent>tag:blogger.com,1999:blog-1.post-20</blogger:parent><content type='html'>Hm</content>")
        for number, status in ((22, "GHOSTED"), (23, "DELETED"))
    )  # fmt: skip
    with zipfile.ZipFile(tmp_path / "takeout.zip", "w") as archive:
        archive.writestr("Takeout/Blogger/Blogs/My/feed.atom", f"{new}</feed>")
    told = bring_in("blogger", tmp_path / "takeout.zip").output
    assert "it was in the trash there" in told
    assert "it was deleted there" in told
    found = {each.title: each for each in db.session.scalars(select(Article))}
    assert found["Tea"].body == "One\n\nTwo [b](/pages/b)"
    assert (found["Later"].state, found["B"].kind) == ("draft", "page")
    first, second, hidden = db.session.scalars(select(Comment).order_by(Comment.id))
    assert hidden.state == "spam"
    assert (first.body, second.body, second.parent_id) == ("Yes", "No", first.id)
    assert client.get("/2019/05/tea.html?m=1").location == "/articles/tea"
    assert client.get("/search/label/Green%20tea").location == "/articles/tag/green-tea"
    feed = tmp_path / "feed.xml"
    feed.write_text(old.read_text().replace("blogger.com", "x"))
    assert "not the export of a blog at Blogger" in bring_in("blogger", feed).output
    for written, told in (
        (old.read_text(), "(shop import blogger)"),
        (head + ">" + ENTRY.format(1, 1, "").replace("blogger.com", "x") + "</feed>", "a feed, which holds only"),
        ('{"db": [{"data": {"posts": [], "posts_tags": []}}]}', "(shop import ghost)"),
        ("\ufeffHandle,Title,Variant Price\na,A,1\n", "(shop import shopify)"),
        ("<!DOCTYPE html><html></html>", "a web page that was saved"),
        ("%PDF-1.7", "a PDF file"),
    ):  # fmt: skip
        (tmp_path / "other").write_text(written, encoding="utf-8")
        said = bring_in("wordpress", tmp_path / "other").output
        assert said.startswith("Error: ")
        assert told in said


def test_posts_of_jekyll_were_where_its_settings_say_and_a_number_that_comes_twice_is_told(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    posts = tmp_path / "site" / "_posts"
    posts.mkdir(parents=True)
    (tmp_path / "site" / "_config.yml").write_text("permalink: /:categories/:year/:title/\n")
    (posts / "2020-02-03-Tea.md").write_text(
        "---\ncategories: [hot, green]\n---\n{% highlight ruby %}\nputs 1\n{% endhighlight %}\n"
        "[b]({% post_url 2020-02-04-b %})\n"
    )
    (posts / "2020-02-04-b.md").write_text("---\ntitle: B\npermalink: /fixed.html\n---\nB\n")
    assert "imported 2" in bring_in("folder", tmp_path / "site").output
    for old, new in (
        ("/hot/green/2020/Tea/", "tea"),
        ("/2020/02/03/Tea.html", "tea"),
        ("/fixed.html", "b"),
    ):
        assert client.get(old).location == f"/articles/{new}"
    body = db.session.scalar(select(Article.body).where(Article.slug == "tea"))
    assert body == "```ruby\nputs 1\n```\n\n[b](/articles/b)"
    two = [
        {"id": "1", "title": name, "slug": name, "html": "x", "status": "draft"} for name in "pq"
    ]
    (tmp_path / "ghost.json").write_text(json.dumps({"data": {"posts": two}}))
    told = bring_in("ghost", tmp_path / "ghost.json").output
    assert "post 2 “q”: another one has the same number" in told
    assert "imported 1, unchanged 0, refused 1" in told


def test_tables_are_read_in_the_language_of_whoever_exported_them(
    bring_in: Import, tmp_path: Path
) -> None:
    lists = {
        "es.csv": "Correo electrónico;Estado;Fecha de suscripción\na@x.example;suscrito;2021-05-01\n"
        "b@x.example;pendiente;2021-05-01\n'=h@x.example;;2021-05-01\nc@x.example;rebotado;2021-05-01\nd@x.example;cancelado;2021-05-01\n",
        "de.csv": "\ufeffE-Mail-Adresse\tStatus\tAngemeldet am\ne@x.example\taktiv\t31.12.2022 10:00\n"
        "f@x.example\tAbgemeldet\t31.12.2022\ng@x.example\taktiv\t01/02/2022\n",
    }
    for name, written in lists.items():
        (tmp_path / name).write_text(written, encoding="utf-8")
        bring_in("subscribers", tmp_path / name)
    found = {each.email[0]: each for each in db.session.scalars(select(NewsletterSubscriber))}
    assert {name: each.state for name, each in found.items()} == {
        "=": "confirmed", "a": "confirmed", "d": "left", "e": "confirmed", "f": "left"
    }  # fmt: skip
    assert found["e"].asked_on == "import: signed up 2022-12-31 10:00 UTC"
    tables = {
        "german": "ID,Typ,Artikelnummer,Name,Veröffentlicht,Vorrätig?,Lager,Lieferrückstande erlaubt?,Angebotspreis,"
        "Regulärer Preis,Übergeordnetes Produkt,Attribut 1 Name,Attribut 1 Wert(e)\n"
        "1,variable,T,Hemd,1,1,,0,,,,Größe,S\n"
        '2,variation,TS,Hemd – S,1,1,5,1,"9,50","12,00",T,Größe,S\n',
        "spanish": "ID;Tipo;SKU;Nombre;Publicado;¿Existencias?;Inventario;Precio rebajado;Precio normal\n"
        "3;simple;S;Taza;1;1;3;;1.234,50\n",
        "french": "ID,Type,UGS,Nom,Publié,En stock ?,Stock,Tarif promo,Tarif régulier\n4,simple,F,Tasse,1,1,3,,7\n",
        "strange": "ID,Type,Nimi,Hinta\n5,simple,Kuppi,9\n",
    }
    told = ""
    for name, written in tables.items():
        (tmp_path / name).write_text(written, encoding="utf-8")
        told = bring_in("woocommerce", tmp_path / name).output
    assert "set that of your profile to English" in told
    sold = {
        each.title: [(v.title, v.price_minor, v.compare_at_minor) for v in each.variants]
        for each in db.session.scalars(select(Product))
    }
    assert sold == {
        "Hemd": [("S", 950, 1200)], "Taza": [("", 123450, None)], "Tasse": [("", 700, None)]
    }  # fmt: skip


def menu_item(
    number: int, title: str, menu: str, order: int, parent: int = 0, **says: object
) -> str:
    more = "".join(meta(f"_menu_item_{name}", str(value)) for name, value in says.items())
    more += (
        meta("_menu_item_menu_item_parent", str(parent)) + f"<wp:menu_order>{order}</wp:menu_order>"
    )
    more += f'<category domain="nav_menu" nicename="{menu}">{menu}</category>'
    return wp_item(number, title, kind="nav_menu_item", more=more)


def test_menus_archives_old_slugs_and_translations_of_wordpress_come_along(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    site = f"{SITE}/journal"
    group = meta("_wpml_import_translation_group", "7")
    first, second = "2011-05-17 10:00:00", "2012-01-02 10:00:00"
    term = (
        "<wp:category><wp:term_id>3</wp:term_id><wp:category_nicename>news</wp:category_nicename>"
        "<wp:cat_name>News</wp:cat_name></wp:category>"
    )
    file = wxr(
        tmp_path / "1.xml", term,
        menu_item(20, "", "main-menu", 3, type="taxonomy", object="category", object_id=3),
        menu_item(21, "Home", "main-menu", 1, type="custom", url=f"{SITE}/"),
        menu_item(22, "Us", "main-menu", 2, type="post_type", object="page", object_id=2),
        menu_item(23, "Shop", "main-menu", 4, 22, type="custom", url="https://shop.example/x"),
        menu_item(24, "More", "main-menu", 5, type="custom", url="#"),
        menu_item(25, "", "footer", 1, type="post_type", object="page", object_id=2),
        menu_item(26, "Draft", "footer", 2, type="post_type", object="page", object_id=5),
        menu_item(27, "X", "spare", 1, type="custom", url="https://x.example/"),
        wp_item(1, "Soup", slug="soup", date=first, terms=[("category", "News")],
                more=f"<link>{site}/2011/soup/</link>{meta('_wp_old_slug', 'broth')}{group}"
                + meta("_wpml_import_language_code", "en")),
        wp_item(2, "About", kind="page", slug="about", more=f"<link>{SITE}/about/</link>"),
        wp_item(3, "Suppe", slug="suppe", date=second,
                more=f"<link>{site}/2012/suppe/</link>{group}{meta('_wpml_import_language_code', 'de')}"),
        wp_item(5, "Draft", kind="page", status="draft"),
    )  # fmt: skip
    told = bring_in("wordpress", file).output
    assert "menu main-menu: it is the menu at the top of every page now" in told
    assert "menu main-menu: links that stood below others stand beside them now" in told
    assert told.count("it leads to nothing that came in") == 2
    assert "nav menu item 27 “X”: there is room for two menus here" in told
    assert site_settings().top_menu == (
        "Home /", "Us /pages/about", "News /articles/tag/news", "Shop https://shop.example/x",
    )  # fmt: skip
    assert site_settings().bottom_menu == ("About /pages/about",)
    found = {each.title: each for each in db.session.scalars(select(Article))}
    assert found["Suppe"].translation_of_id == found["Soup"].id
    for old, new in (
        ("/journal/2011/broth/", "/articles/soup"), ("/2011/", "/articles/"), ("/2011/05/", "/articles/"),
        ("/2011/05/17/", "/articles/"), ("/journal/2011/05/page/2/", "/articles/"), ("/page/3/", "/articles/"),
        ("/journal/category/news/", "/articles/tag/news"), ("/category/news/page/2/", "/articles/tag/news"),
        ("/journal/author/ruth/", "/authors/ruth"), ("/2013/01/", None),
    ):  # fmt: skip
        assert (old, client.get(old).location) == (old, new)
    assert "unchanged 9" in bring_in("wordpress", file).output


def test_products_of_woocommerce_are_found_under_their_folders_name_in_other_languages():
    for folder in ("produkt", "produit", "producto"):
        assert "/laden/product/tasse" in stored_forms(f"/laden/{folder}/tasse/")
    assert "/product" not in "".join(stored_forms("/produkt/tasse/zwei/"))


def test_a_folder_in_which_texts_stand_is_none_of_categories():
    folders = LinkedFolders()
    folders.note_links('<a href="/notes/trust/">x</a> <a href="/topics/trust/">y</a>', SITE)
    folders.note_text(f"{SITE}/notes/two/", SITE)
    assert folders.of({"trust": "trust"}) == ["/topics"]


def test_folders_that_an_owner_renamed_are_known_by_the_links_of_the_texts(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    topics = "".join(
        f"<wp:category><wp:term_id>{number}</wp:term_id><wp:category_nicename>{slug}</wp:category_nicename>"
        f"<wp:category_parent>{above}</wp:category_parent><wp:cat_name>{slug}</wp:cat_name></wp:category>"
        for number, slug, above in ((3, "trust", "listening"), (4, "listening", ""))
    )
    links = "".join(
        f'<p><a href="{SITE}{path}">x</a></p>'
        for path in (
            "/topics/listening/trust/",
            "/notes/trust/",
            "/notes/two/",
            "/notes/three/",
            "/laden/cup/",
        )
    )
    site = wxr(
        tmp_path / "1.xml", topics,
        wp_item(1, "One", content=links, slug="one", terms=[("category", "trust")],
                more=f"<link>{SITE}/one/</link>"),
        wp_item(2, "Two", slug="two", terms=[("category", "listening")], more=f"<link>{SITE}/two/</link>"),
        wp_item(7, "Cup", kind="product", more=f"<link>{SITE}/laden/tall/cup-1/</link>"),
    )  # fmt: skip
    goods = tmp_path / "woo.csv"
    goods.write_text(
        "ID,Type,Name,Published,Description,Regular price,Images\n"
        f'7,simple,Cup,1,"<a href=""{SITE}/laden/pot/"">Pot</a>",9,{SITE}/x.txt\n'
        '8,simple,Pot,1,"<a href=""https://b.example/buy/cup/"">x</a>",9,\n'
    )
    bring_in("woocommerce", goods)
    bring_in("wordpress", site)
    for old, new in (
        ("/topics/listening/trust/", "/articles/tag/trust"), ("/topics/listening/", "/articles/tag/listening"),
        ("/category/listening/trust/feed/", "/articles/tag/trust"), ("/notes/listening/", None),
        ("/laden/cup/", "/shop/cup"), ("/laden/pot/", "/shop/pot"), ("/buy/cup/", None),
        ("/laden/tall/cup-1/", "/shop/cup"),
    ):  # fmt: skip
        assert (old, client.get(old).location) == (old, new)
    body = db.session.scalars(select(Article.body).where(Article.title == "One")).one()
    assert "[x](/articles/tag/trust)" in body
    assert "[x](/shop/cup)" in body
