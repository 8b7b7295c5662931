"""Papers as PDF: the words in five languages, the page, the e-invoice. The only code that lays out anything."""
