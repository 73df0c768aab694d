"""Use cases: one function per thing a caller can do. They open no transaction and know no HTTP."""
