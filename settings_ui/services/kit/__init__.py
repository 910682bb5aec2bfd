"""What every feature uses: the database, activity, mail, links, limits and topics."""
