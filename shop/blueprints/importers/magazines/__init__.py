"""Articles of other systems: Ghost, Substack, Medium, and folders of Markdown (Hugo, Jekyll).

Each reads its files into `ArticleArrival`s; how they are stored, and what becomes of their old addresses, is the same.
"""
