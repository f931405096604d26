"""Messages of EnterpriseData, read and written: the module that others import.

Reading::

    header, objects = read_message(stream)
    for one in objects:
        match one:
            case Found(kind, value): ...
            case Deletion(kind, key): ...
            case Misread(kind, payload, error): ...

Writing::

    write_message(target, header, [("Документ.ЗаказКлиента", order), deletion(…)], version="1.21")

`read_message(stream, limits=Limits()) -> tuple[Header, Iterator[Found | Misread | Deletion]]`
reads as it goes: memory does not grow with the message. A message that cannot be read at all
is `Misunderstood`, raised at once or, when it breaks off later, from the iterator.

`write_message(target, header, objects, version) -> int` writes objects as they come and
returns how many; an object that does not fit the schema is `Misunderstood` and names the element.
"""
