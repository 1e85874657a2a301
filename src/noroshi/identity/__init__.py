"""Who is who: mailbox, user, host and address joined by links with validity and evidence."""
