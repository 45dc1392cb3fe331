"""The files of a product, which its buyers download: uploads, their versions, and their pages."""
