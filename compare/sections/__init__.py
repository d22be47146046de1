"""The sections of the report: figures, tables and sentences of each."""
