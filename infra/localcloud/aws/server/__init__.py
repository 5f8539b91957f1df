"""The program that runs moto, with the Python of moto's own environment: nothing in it imports `localcloud`."""
