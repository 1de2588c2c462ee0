"""Channels in public files: which are drawn, where their text is, and what becomes of them."""
