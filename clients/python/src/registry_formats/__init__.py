"""Wire formats that members and registry must compute identically. Pure: no network, no clock, no database."""
