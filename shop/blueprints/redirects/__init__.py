"""Old addresses live on: whoever follows one of a former site, or of a page that moved, is led to where it is now.

A *redirect* leads from an old address to a page of this site, for good (301). It is asked about only where nothing else
answers, so no page costs more for it. Importers write redirects for what they bring in; owners add their own. A
*missed address* is one that people followed and where there is nothing: the list of what to redirect next.
"""
