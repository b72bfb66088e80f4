with

served as (
    select *, weekly_day('service day', i) as delivered_on
    from organisation
    where roll('volunteer', i, 1000) < 16
),

dated as (
    select
        *,
        reported_event(delivered_on, 2 + roll('service lag', i, 12)) as served_on,
        roll('service certified', i, 100) < 93 as is_certified,
    from served
)

select
    'youth_league' as unit_code,
    delivered_on,
    i as n,
    'ZY2020' || i as service_no,
    enterprise_name,
    uscc,
    served_on,
    pick(['4', '8.5', '36', '120', '480.5', '1250'], 'hours', i) as hours,
    pick(getvariable('activities'), 'activity', i) as activity,
    if(is_certified, city_name || '团市委', null) as certified_by,
    if(is_certified, served_on + roll('certified lag', i, 8), null) as certified_on,
from dated
