-- The numbers that are asked about: which column of which row, by the keys that the row is known by.
, number AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:nths AS int[]), CAST(:wanteds AS text[]),
    CAST(:keys_scenario AS text[]), CAST(:keys_group AS text[]), CAST(:keys_stage AS text[]),
    CAST(:keys_direction AS text[]), CAST(:keys_basis AS text[]),
    CAST(:keys_client_kind AS text[]), CAST(:keys_field AS text[]),
    CAST(:keys_reason AS text[]), CAST(:keys_operator AS text[]), CAST(:keys_hour AS text[]),
    CAST(:keys_day AS text[]), CAST(:keys_courier AS text[]), CAST(:keys_client AS text[]),
    CAST(:keys_item AS text[]), CAST(:keys_key AS text[]), CAST(:keys_document AS text[])
  ) AS n (nth, wanted,
    key_scenario, key_group, key_stage, key_direction, key_basis, key_client_kind, key_field,
    key_reason, key_operator, key_hour, key_day, key_courier, key_client, key_item, key_key,
    key_document)
)
