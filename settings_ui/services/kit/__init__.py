"""What every feature stands on: the database, activity, mail, links, limits and topics."""
