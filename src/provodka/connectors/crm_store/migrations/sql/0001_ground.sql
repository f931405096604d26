CREATE SCHEMA IF NOT EXISTS crm;
CREATE SCHEMA IF NOT EXISTS hub;
CREATE SCHEMA IF NOT EXISTS report;
COMMENT ON SCHEMA crm IS 'Документы';
COMMENT ON SCHEMA hub IS 'Память хаба: журнал, соответствия, курсоры, исходящие, отложенное';
COMMENT ON SCHEMA report IS 'Таблицы для людей';

CREATE FUNCTION hub.uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT encode(
    set_bit(
      set_bit(
        overlay(
          uuid_send(gen_random_uuid())
          PLACING substring(
            int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
          FROM 1 FOR 6),
        52, 1),
      53, 1),
    'hex')::uuid
$$;
COMMENT ON FUNCTION hub.uuid7() IS 'Ключ UUID версии 7 (RFC 9562): упорядочен по времени создания';

CREATE FUNCTION crm.inn_digit(inn text, weights int[]) RETURNS int
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (sum(substr(inn, place::int, 1)::int * weight) % 11 % 10)::int
  FROM unnest(weights) WITH ORDINALITY AS w (weight, place)
$$;

CREATE FUNCTION crm.inn_valid(inn text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE
    WHEN inn ~ '^[0-9]{10}$' THEN
      crm.inn_digit(inn, '{2,4,10,3,5,9,4,6,8}') = substr(inn, 10, 1)::int
    WHEN inn ~ '^[0-9]{12}$' THEN
      crm.inn_digit(inn, '{7,2,4,10,3,5,9,4,6,8}') = substr(inn, 11, 1)::int
      AND crm.inn_digit(inn, '{3,7,2,4,10,3,5,9,4,6,8}') = substr(inn, 12, 1)::int
    ELSE false
  END
$$;
COMMENT ON FUNCTION crm.inn_valid(text) IS 'Верны ли длина и контрольные цифры ИНН';
