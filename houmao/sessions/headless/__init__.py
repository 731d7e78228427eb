"""Sessions whose tool is run anew for each turn: what is run, and what ended ones leave."""
