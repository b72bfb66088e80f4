with

given as (
    select *, weekly_day('donation day', i) as delivered_on
    from organisation
    where roll('direct donation', i, 1000) < 14
),

dated as (
    select
        *,
        reported_event(delivered_on, 3 + roll('donation lag', i, 15)) as donated_on,
        roll('donation certified', i, 100) < 92 as is_certified,
    from given
)

select
    'civil_affairs' as unit_code,
    delivered_on,
    i as n,
    'ZJRD2020' || i as certificate_no,
    enterprise_name,
    uscc,
    donated_on,
    pick(getvariable('recipients'), 'recipient', i) as recipient,
    pick(['资金', '物资'], 'donation kind', i) as kind,
    pick(['3000', '8000.80', '12000', '50000', '120000', '500000', '1500000.25'], 'donation', i)
    as amount_yuan,
    if(is_certified, city_name || '市民政局', null) as certified_by,
    if(is_certified, least(donated_on + 3, delivered_on), null) as certified_on,
from dated
