"""What a value looks like, whatever it is called: an address, a phone, a time, a name, prose."""
