"""Names of columns as WooCommerce writes them in the language of whoever exports.

German, Spanish, French, Italian and Dutch, in the words of several versions of
`WC_Product_CSV_Exporter::get_default_column_names`.
"""

from __future__ import annotations

import re

_NAMES = {
    "Type": ("Typ", "Tipo", "Type"),
    "SKU": ("Artikelnummer", "UGS", "Art. nr.", "COD", "REF"),
    "Name": ("Nombre", "Nom", "Nome", "Naam"),
    "Published": ("Veröffentlicht", "Publicado", "Publié", "Pubblicato", "Gepubliceerd"),
    "Is featured?": (
        "Ist hervorgehoben?", "Ist empfohlen?", "¿Está destacado?", "Mis en avant?", "In primo piano?",
        "Is uitgelicht?",
    ),
    "Visibility in catalog": (
        "Sichtbarkeit im Katalog", "Visibilidad en el catálogo", "Visibilité dans le catalogue",
        "Visibilità nel catalogo", "Zichtbaarheid in catalogus",
    ),
    "Short description": (
        "Kurzbeschreibung", "Descripción corta", "Description courte", "Breve descrizione", "Korte beschrijving",
    ),
    "Description": ("Beschreibung", "Descripción", "Descrizione", "Beschrijving"),
    "Date sale price starts": (
        "Datum, an dem Angebotspreis beginnt", "Día en que empieza el precio rebajado", "Date de début de promo",
        "Data di inizio sconto", "Startdatum actieprijs",
    ),
    "Date sale price ends": (
        "Datum, an dem Angebotspreis endet", "Día en que termina el precio rebajado", "Date de fin de promo",
        "Data di fine sconto", "Einddatum actieprijs",
    ),
    "Tax status": ("Steuerstatus", "Estado del impuesto", "État de la TVA", "Stato delle imposte", "Btw status"),
    "Tax class": ("Steuerklasse", "Clase de impuesto", "Classe de TVA", "Aliquota di imposta", "Belastingklasse"),
    "In stock?": ("Vorrätig?", "¿Existencias?", "¿En inventario?", "En stock?", "Op voorraad?"),
    "Stock": ("Lager", "Bestand", "Lagerbestand", "Inventario", "Existencias", "Magazzino", "Voorraad"),
    "Backorders allowed?": (
        "Lieferrückstande erlaubt?", "Lieferrückstände erlaubt?", "¿Permitir reservas de productos agotados?",
        "Autoriser les commandes de produits en rupture?",
        "Abilita gli ordini arretrati?", "Nabestellingen toestaan?",
    ),
    "Weight (kg)": ("Gewicht (kg)", "Peso (kg)", "Poids (kg)"),
    "Sale price": ("Angebotspreis", "Precio rebajado", "Tarif promo", "Prezzo in offerta", "Actieprijs"),
    "Regular price": ("Regulärer Preis", "Precio normal", "Tarif régulier", "Prezzo di listino", "Reguliere prijs"),
    "Categories": ("Kategorien", "Categorías", "Catégories", "Categorie", "Categorieën"),
    "Tags": ("Schlagwörter", "Etiquetas", "Étiquettes", "Tag"),
    "Images": ("Bilder", "Imágenes", "Immagine", "Immagini", "Afbeeldingen"),
    "Parent": ("Übergeordnetes Produkt", "Übergeordnet", "Superior", "Parent", "Genitore", "Hoofd"),
    "Position": ("Posición", "Posizione", "Positie"),
}  # fmt: skip
_BEFORE_MARK = re.compile(r"\s+\?")
_BY_NAME = {name.casefold(): ours for ours, names in _NAMES.items() for name in (ours, *names)}
_ATTRIBUTES = (
    (re.compile(r"Attribut (\d+) Name|Nombre del atributo (\d+)|Nom de l[’']attribut (\d+)|Nome dell[’']attributo (\d+)"
                r"|Attribuut (\d+) naam"), "name"),
    (re.compile(r"Attribut (\d+) Wert\(e\)|Valor\(es\) del atributo (\d+)|Valeur\(s\) de l[’']attribut (\d+)"
                r"|Valore dell[’']attributo (\d+)|Attribuut (\d+) waarde\(n\)"), "value(s)"),
)  # fmt: skip


def in_english(name: str) -> str:
    """The English name of a column; as it is where nobody knows it."""
    plain = _BEFORE_MARK.sub("?", name.strip())  # in French a space stands before it
    for pattern, part in _ATTRIBUTES:
        if found := pattern.fullmatch(plain):
            return f"Attribute {next(filter(None, found.groups()))} {part}"
    return _BY_NAME.get(plain.casefold(), plain)
