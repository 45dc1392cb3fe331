"""Taxes: which rate holds for whom.

A *rate* belongs to a country from a day on, for everything, or for downloads or what is sent alone. Parcels are taxed
where they go, downloads where their buyer lives (Article 58 of Directive 2006/112/EC); a small seller in the European
Union may tax private buyers there at home (Article 59c). A business elsewhere in the Union that gives a tax number may
owe the tax itself, when the owner allows that; the number's form is checked, not whether it is valid. No tax is worked
out until there is a rate. Regions within a country (states, islands) are not told apart.
"""
