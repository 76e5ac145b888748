"""The canvas: blocks and their kinds, pages and their history, exports."""
