"""From hits to alerts to encounters."""
