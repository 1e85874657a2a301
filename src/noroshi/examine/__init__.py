"""Static examination of specimens: nothing from them is ever executed."""
