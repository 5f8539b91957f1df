"""What DynamoDB's requests cost: sizes of items, capacity units by the documented rules, and a meter in front of moto,
whose own capacity units are constants."""
