"""The files that other products and web servers write, one module each: a text becomes hits, totals, or rows left out."""
