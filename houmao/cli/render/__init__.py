"""How answers look to people and programs."""
