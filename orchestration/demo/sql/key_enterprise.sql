with

listed as (
    select
        *,
        weekly_day('list day', i) as delivered_on,
        pick([
            '防控物资生产', '医疗保障', '生活物资保障', '受疫情影响较大', '受疫情影响较大', '受疫情影响较大'
        ], 'list kind', i) as list_kind,
    from organisation
    where roll('key enterprise', i, 1000) < 55
),

dated as (
    select *, reported_event(delivered_on, 1 + roll('list lag', i, 12)) as listed_on
    from listed
)

select
    -- The sheet of the one unit stays short; the other's text file holds the mass.
    if(one_in('list unit', i, 8), 'economy_it', 'healthcare_security') as unit_code,
    delivered_on,
    i as n,
    enterprise_name,
    uscc,
    list_kind,
    listed_on,
    if(one_in('delisted', i, 9), listed_on + 30 + roll('delisted day', i, 90), null) as delisted_on,
    yes_no(roll('authorised', i, 10) < 7) as is_authorised,
from dated
