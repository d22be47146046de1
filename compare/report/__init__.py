"""What all sections share: drawing, words, markup, the record."""
