"""The page: sections, figures and record in one folder."""
