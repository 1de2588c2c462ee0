"""Pictures of what the library is made of. They need Matplotlib, which loads when one is drawn."""

from gapjunction.plotting._card import channel_card as channel_card

__all__ = ["channel_card"]
