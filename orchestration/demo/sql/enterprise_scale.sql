with

years as (
    select *, unnest([2019, 2020]) as scale_year
    from organisation
)

select
    'market_regulation' as unit_code,
    if(
        scale_year = 2019,
        delivery_from(getvariable('start') + roll('scale day', i, 5)),
        weekly_day('scale update day', i)
    ) as delivered_on,
    i * 2 + scale_year - 2019 as n,
    uscc,
    scale_year as year,
    if(scale_year = 2020 and one_in('scale change', i, 5), '小型', scale) as scale,
from years
where scale_year = 2019 or roll('scale update', i, 100) < 12
