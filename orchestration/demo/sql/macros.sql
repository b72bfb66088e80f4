-- Every draw is a function of the seed, a salt and an id: not of threads, blocks or time.
create or replace temp macro roll(salt, id, sides) as
    cast(hash(getvariable('seed'), salt, id) % cast(sides as ubigint) as integer);

create or replace temp macro pick(options, salt, id) as
    list_extract(options, 1 + roll(salt, id, len(options)));

create or replace temp macro one_in(salt, id, sides) as roll(salt, id, sides) = 0;

---------- time

create or replace temp macro delivery_day(salt, id) as
    pick(getvariable('delivery_days'), salt, id);

create or replace temp macro weekly_day(salt, id) as
    pick(getvariable('weekly_days'), salt, id);

create or replace temp macro days_from_start(a_day) as
    cast(greatest(date_diff('day', getvariable('start'), a_day), 0) as integer);

-- null where no delivery follows
create or replace temp macro delivery_from(a_day) as
    list_extract(getvariable('next_delivery'), 1 + days_from_start(a_day));

create or replace temp macro weekly_from(a_day) as
    list_extract(getvariable('next_weekly'), 1 + days_from_start(a_day));

-- The day of something reported on a delivery: some days before, inside the epidemic period
-- where the delivery allows it.
create or replace temp macro reported_event(delivered, lag) as
    least(
        greatest(delivered - lag, least(delivered, getvariable('epidemic_start'))),
        getvariable('epidemic_end')
    );

---------- codes (GB 32100, GB 11714, GB 11643)

create or replace temp macro base31(number, place) as
    substr('0123456789ABCDEFGHJKLMNPQRTUWXY', 1 + cast((number // place) % 31 as integer), 1);

create or replace temp macro org_value(body, place) as
    strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', substr(body, place, 1)) - 1;

create or replace temp macro org_code_check(body) as
    substr('123456789X0', 11 - cast((
        3 * org_value(body, 1) + 7 * org_value(body, 2) + 9 * org_value(body, 3)
        + 10 * org_value(body, 4) + 5 * org_value(body, 5) + 8 * org_value(body, 6)
        + 4 * org_value(body, 7) + 2 * org_value(body, 8)
    ) % 11 as integer), 1);

create or replace temp macro uscc_value(body, place) as
    strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(body, place, 1)) - 1;

create or replace temp macro uscc_check(body) as
    substr('0123456789ABCDEFGHJKLMNPQRTUWXY', 1 + (31 - cast((
        uscc_value(body, 1) + 3 * uscc_value(body, 2) + 9 * uscc_value(body, 3)
        + 27 * uscc_value(body, 4) + 19 * uscc_value(body, 5) + 26 * uscc_value(body, 6)
        + 16 * uscc_value(body, 7) + 17 * uscc_value(body, 8) + 20 * uscc_value(body, 9)
        + 29 * uscc_value(body, 10) + 25 * uscc_value(body, 11) + 13 * uscc_value(body, 12)
        + 8 * uscc_value(body, 13) + 24 * uscc_value(body, 14) + 10 * uscc_value(body, 15)
        + 30 * uscc_value(body, 16) + 28 * uscc_value(body, 17)
    ) % 31 as integer)) % 31, 1);

create or replace temp macro identity_digit(body, place) as
    ascii(substr(body, place, 1)) - 48;

create or replace temp macro identity_check(body) as
    substr('10X98765432', 1 + cast((
        7 * identity_digit(body, 1) + 9 * identity_digit(body, 2)
        + 10 * identity_digit(body, 3) + 5 * identity_digit(body, 4)
        + 8 * identity_digit(body, 5) + 4 * identity_digit(body, 6)
        + 2 * identity_digit(body, 7) + identity_digit(body, 8)
        + 6 * identity_digit(body, 9) + 3 * identity_digit(body, 10)
        + 7 * identity_digit(body, 11) + 9 * identity_digit(body, 12)
        + 10 * identity_digit(body, 13) + 5 * identity_digit(body, 14)
        + 8 * identity_digit(body, 15) + 4 * identity_digit(body, 16)
        + 2 * identity_digit(body, 17)
    ) % 11 as integer), 1);

create or replace temp macro identity_body(salt, id) as
    '3399' || lpad(cast(roll(salt || ' division', id, 100) as varchar), 2, '0')
    || strftime(date '1950-01-01' + roll(salt || ' birth', id, 18000), '%Y%m%d')
    || lpad(cast(roll(salt || ' sequence', id, 1000) as varchar), 3, '0');

create or replace temp macro identity_number(salt, id) as
    identity_body(salt, id) || identity_check(identity_body(salt, id));

---------- words

create or replace temp macro person_name(salt, id) as
    pick(getvariable('surnames'), salt || ' surname', id)
    || pick(getvariable('given_first'), salt || ' given', id)
    || pick(getvariable('given_second'), salt || ' name', id);

create or replace temp macro yes_no(is_so) as if(is_so, '是', '否');
