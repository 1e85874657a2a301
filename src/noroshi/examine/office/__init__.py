"""What Office documents hold: containers, properties, cells, macro projects, fields."""
