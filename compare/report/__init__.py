"""What all sections share: figures, phrases, tables as text, values for JSON."""
