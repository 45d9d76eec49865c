// Entry points land here.
