"""Who may see and do what with records: asked by every statement and every save."""
