"""A stand-in of «1С:Бухгалтерия предприятия 3.0» behind the standard OData interface, version 3."""
