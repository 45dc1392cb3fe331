"""The papers of an order: receipt and invoice, as a page and as a PDF."""
